import { type FilePicture, readPictures } from '@plugfest/media';
import type { Pairing } from './file-measurement-pairing.ts';
import type { ComparedPicture, ComparisonFiles } from './file-measurement-video.ts';
import type { PictureWarp } from './picture-map.ts';

export interface ReadPair extends Omit<ComparedPicture, 'scores' | 'timeMs'> {
  /** The captured picture of its own size, where that is wanted. */
  readonly native?: FilePicture;
}

interface PairReading {
  /** Both are scaled to this size; default: each stays of its own. */
  readonly size?: { readonly width: number; readonly height: number };
  /** Brings the capture to `size` instead of plain scaling. */
  readonly warp?: PictureWarp | undefined;
  /** The captured picture of its own size, too. */
  readonly wantsNative?: boolean;
}

/** Reads both files in step; pictures are good until the next pair. */
export function* pairsOf(
  { reference, capture }: ComparisonFiles,
  { referenceOf }: Pairing,
  { size, warp, wantsNative = false }: PairReading,
): Generator<ReadPair> {
  const scaled = size ? { size } : {};
  const sent = readPictures(reference.path, scaled);
  const natives = wantsNative ? readPictures(capture.path) : undefined;
  try {
    let [number, referenceNumber] = [-1, -1];
    let current: FilePicture | undefined;
    for (const got of readPictures(capture.path, warp ? {} : scaled)) {
      const native = natives?.next().value;
      const wanted = referenceOf[++number] ?? -1;
      if (wanted < 0) continue;
      for (; referenceNumber < wanted; referenceNumber++) {
        const next = sent.next();
        if (next.done) return;
        current = next.value;
      }
      if (!current) continue;
      const captured = warp ? { ...got, ...warp.size, data: warp.apply(got.data) } : got;
      yield { number, referenceNumber, reference: current, captured, ...(native ? { native } : {}) };
    }
  } finally {
    sent.return(undefined);
    natives?.return(undefined);
  }
}
