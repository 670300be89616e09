import type { FilePicture } from '@plugfest/media';
import type { Rect } from '@plugfest/model';
import { ColourWitness } from './colour-mismatch.ts';
import type { FileFinding } from './file-measurement-finding.ts';
import type { PictureLook } from './file-measurement-look.ts';
import { lumaOf } from './luma-plane.ts';
import { fullMap, type PictureMap, PictureWarp } from './picture-map.ts';
import { isElsewhere, registerPictures } from './picture-registration.ts';

/** Where a capture shows its reference, and in which colours. */
export interface Placement {
  /** Brings a captured picture, as it was decoded, to where the reference has it; absent where plain scaling does. */
  readonly warp?: PictureWarp;
  readonly findings: readonly FileFinding[];
}

/** So many pairs are looked at, one in so many, of the first. */
export const PLACING = { pairs: 3, every: 12 } as const;

export interface PlacedPair {
  readonly reference: FilePicture;
  readonly captured: FilePicture;
}

/** `pairs` are whole pictures that stay as they are, each of its file's own size. */
export function placePictures(
  pairs: readonly PlacedPair[],
  { reference, capture }: { readonly reference: PictureLook; readonly capture: PictureLook },
): Placement {
  const [first] = pairs;
  if (!first || capture.sizes > 1 || reference.sizes > 1) return { findings: [] };
  const active = { reference: activeOf(reference, first.reference), captured: activeOf(capture, first.captured) };
  const found = registerPictures(
    pairs.map((pair) => ({ reference: lumaOf(pair.reference), captured: lumaOf(pair.captured) })),
    active,
  );
  const plain = fullMap(first.reference, first.captured);
  const isPlaced = found !== undefined && isElsewhere(found, first.reference, first.captured);
  const map = isPlaced ? found.map : plain;
  const findings = [
    ...(isPlaced ? [placeFinding(map, first, active)] : []),
    ...colourFindings(pairs, map, first.reference.range, first.captured.range),
  ];
  return isPlaced ? { warp: new PictureWarp(map, first.reference, first.captured), findings } : { findings };
}

function activeOf({ active }: PictureLook, { width, height }: FilePicture): Rect {
  return active ?? { x: 0, y: 0, width, height };
}

/** Samples of the reference; less of it missing is a shift. */
const LEAST_CUT = 2;

function placeFinding(
  map: PictureMap,
  { reference, captured }: PlacedPair,
  { captured: inside }: { readonly captured: Rect },
): FileFinding {
  const isMirrored = map.across.scale < 0;
  const parts: string[] = isMirrored ? ['mirrored, left for right'] : [];
  const bars = [
    inside.x,
    captured.width - inside.x - inside.width,
    inside.y,
    captured.height - inside.y - inside.height,
  ];
  if (Math.max(...bars) > 0) {
    const [left, right, top, bottom] = bars;
    parts.push(`with black bars (${left} samples left, ${right} right, ${top} above, ${bottom} below)`);
  }
  // Where the edges of the captured picture, without bars, lie in the reference.
  const seen = (scale: number, offset: number, from: number, length: number): [number, number] => {
    const ends = [from - 0.5, from + length - 0.5].map((at) => (at - offset) / scale + 0.5);
    return [Math.min(...ends), Math.max(...ends)];
  };
  const [left, right] = seen(map.across.scale, map.across.offset, inside.x, inside.width);
  const [top, bottom] = seen(map.down.scale, map.down.offset, inside.y, inside.height);
  const cut = Math.max(left, top, reference.width - right, reference.height - bottom);
  const numbers = [left, top, right, bottom].map((value) => value.toFixed(1)) as [string, string, string, string];
  if (right - left < reference.width - LEAST_CUT || bottom - top < reference.height - LEAST_CUT)
    parts.push(
      `cut to ${numbers[0]}…${numbers[2]} of ${reference.width} across and ${numbers[1]}…${numbers[3]} of ${reference.height} down`,
    );
  else if (cut > 0.1 || Math.min(left, top) < -0.1)
    parts.push(
      `shifted by ${(-(left + right - reference.width) / 2).toFixed(2)} samples across and ${(-(top + bottom - reference.height) / 2).toFixed(2)} down`,
    );
  const text = `the capture shows the reference ${parts.join(', ') || 'elsewhere'} (found by content): this was undone before it was scored; what it does not show counts as its border repeated`;
  return { level: 'warning', code: isMirrored ? 'video-mirrored' : 'video-placed-elsewhere', file: 'capture', text };
}

function colourFindings(pairs: readonly PlacedPair[], map: PictureMap, sent: string, got: string): FileFinding[] {
  const witness = new ColourWitness();
  for (const { reference, captured } of pairs) witness.push(reference, captured, map);
  const found = witness.mismatch();
  if (!found) return [];
  const findings: FileFinding[] = [];
  const how = `by content: ${found.plainError.toFixed(1)} steps apart as they are, ${found.error.toFixed(1)} so explained; luma, and so every score, is compared as the values are`;
  // Where one says full and the other does not it was undone already.
  const isSaid = (sent === 'full') !== (got === 'full');
  if (found.range !== 'none' && !isSaid) {
    const text = `the capture has its values in ${found.range} range, though the files do not say so (${how})`;
    findings.push({ level: 'warning', code: 'video-range-mismatch', file: 'both', text });
  }
  if (found.matrix !== 'none') {
    const text = `the capture's values were made with the matrix of ${found.matrix.replace(' for ', ", the reference's with that of ")} (${how})`;
    findings.push({ level: 'warning', code: 'video-matrix-mismatch', file: 'both', text });
  }
  return findings;
}
