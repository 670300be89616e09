import { type FilePicture, readPictures } from '@plugfest/media';
import type { Measured } from '@plugfest/model';
import type { FileFinding } from './file-measurement-finding.ts';
import type { PictureLook } from './file-measurement-look.ts';
import { type Pairing, pairPictures } from './file-measurement-pairing.ts';
import { COMPARISON_METRICS, type FrameScores, PictureComparison } from './video/picture-comparison.ts';
import { PictureInspection } from './video/picture-inspection.ts';

/** Numbers that were not found to follow what people see are not given. */
const UNGIVEN: ReadonlySet<string> = new Set(['blur', 'blockiness']);
/** MS-SSIM and VIF cost sixty times SSIM: of a long clip only so many samples are given to them, evenly. */
const STRUCTURE_SAMPLES = 3e9;
const LEAST_SIDE = 8;

export type VideoValues = Readonly<Record<string, Measured>>;

/** One captured picture that has a partner. */
export interface ComparedPicture {
  readonly number: number;
  readonly referenceNumber: number;
  /** Since the first captured picture. */
  readonly timeMs: number;
  readonly reference: FilePicture;
  readonly captured: FilePicture;
  readonly scores: FrameScores;
}

export interface VideoComparison {
  readonly values: VideoValues;
  readonly findings: readonly FileFinding[];
}

export interface ComparisonFiles {
  readonly reference: { readonly path: string; readonly look: PictureLook };
  readonly capture: { readonly path: string; readonly look: PictureLook };
}

/** Every value that needs a reference, with the reason why there is none. */
export function uncompared(reason: string): VideoValues {
  return Object.fromEntries([...COMPARISON_METRICS, 'vmaf'].map((name) => [name, { notMeasured: reason }]));
}

/** What pictures say of themselves; with that reason where there are none. */
export function inspectionValues(inspection: PictureInspection | undefined, reason: string): VideoValues {
  const { values } = (inspection ?? new PictureInspection()).summary();
  const given = Object.entries(values).filter(([name]) => !UNGIVEN.has(name));
  return Object.fromEntries(inspection ? given : given.map(([name]) => [name, { notMeasured: reason }]));
}

/** Reads both files again and scores pair by pair, at the reference's size. */
export async function compareVideo(
  { reference, capture }: ComparisonFiles,
  onPair: (pair: ComparedPicture) => void,
): Promise<VideoComparison> {
  const pairing = pairPictures(reference.look, capture.look);
  const { first: sent, times } = reference.look;
  const size = { width: sent?.codedWidth ?? 0, height: sent?.codedHeight ?? 0 };
  if (Math.min(size.width, size.height) < LEAST_SIDE)
    return {
      values: uncompared(`pictures of ${size.width}×${size.height} are too small to be compared`),
      findings: pairing.findings,
    };
  const structureEvery = Math.max(1, Math.ceil((pairing.pairs * size.width * size.height) / STRUCTURE_SAMPLES));
  const frameRate = Math.max(1, Math.round(1e6 / (times.usualGapUs() || 40_000)));
  const comparison = new PictureComparison({ frameRate, structureEvery });
  const range = rangeChange(reference.look, capture.look);
  const timesUs = capture.look.times.values();
  for (const pair of pairsOf(reference.path, capture.path, pairing, size)) {
    const captured = range ? { ...pair.captured, data: range.apply(pair.captured) } : pair.captured;
    const scores = comparison.push(pair.reference, captured);
    onPair({ ...pair, captured, scores, timeMs: (timesUs[pair.number] as number) / 1000 });
    if (scores.frame % 32 === 31) await new Promise(setImmediate);
  }
  const findings = [...pairing.findings, ...preparationFindings({ reference, capture }, range)];
  const how = [pairing.method, `at the reference's ${size.width}×${size.height}`];
  if (!isSameSize(capture.look, size)) how.push('the capture scaled to it (bicubic)');
  const values = withMethod(comparison.summary().values, how, structureEvery);
  return { values: { ...values, vmaf: { notMeasured: 'this FFmpeg was built without the libvmaf filter' } }, findings };
}

function withMethod(values: VideoValues, how: readonly string[], structureEvery: number): VideoValues {
  return Object.fromEntries(
    Object.entries(values).map(([name, measured]) => {
      if ('notMeasured' in measured) return [name, measured];
      const isSparse = structureEvery > 1 && (name === 'vifY' || name === 'msSsimY');
      const parts = [measured.method, ...how, ...(isSparse ? [`of every ${structureEvery}th pair`] : [])];
      return [name, { ...measured, method: parts.join('; ') }];
    }),
  );
}

function* pairsOf(
  reference: string,
  capture: string,
  { referenceOf }: Pairing,
  size: { readonly width: number; readonly height: number },
): Generator<Omit<ComparedPicture, 'scores' | 'timeMs'>> {
  const sent = readPictures(reference, { size });
  try {
    let [number, referenceNumber] = [-1, -1];
    let current: FilePicture | undefined;
    for (const captured of readPictures(capture, { size })) {
      const wanted = referenceOf[++number] ?? -1;
      if (wanted < 0) continue;
      for (; referenceNumber < wanted; referenceNumber++) {
        const next = sent.next();
        if (next.done) return;
        current = next.value;
      }
      if (current) yield { number, referenceNumber, reference: current, captured };
    }
  } finally {
    sent.return(undefined);
  }
}

function isSameSize({ first }: PictureLook, { width, height }: { width: number; height: number }): boolean {
  return first?.codedWidth === width && first.codedHeight === height;
}

/** From the capture's range of luma to the reference's, where both say theirs and they differ. */
function rangeChange(
  { first: sent }: PictureLook,
  { first: got }: PictureLook,
): { readonly apply: (picture: FilePicture) => Uint8Array; readonly text: string } | undefined {
  const ranges = `${got?.range}>${sent?.range}`;
  if (ranges !== 'full>limited' && ranges !== 'limited>full') return undefined;
  const table = Uint8Array.from({ length: 256 }, (_, y) =>
    Math.max(0, Math.min(255, Math.round(ranges === 'full>limited' ? 16 + (y * 219) / 255 : ((y - 16) * 255) / 219))),
  );
  const apply = ({ data, width, height }: FilePicture): Uint8Array => {
    const changed = data.slice();
    for (let i = 0; i < width * height; i++) changed[i] = table[data[i] as number] as number;
    return changed;
  };
  return { apply, text: `${got?.range} range in the capture, ${sent?.range} in the reference` };
}

function preparationFindings(
  { reference, capture }: ComparisonFiles,
  range: { readonly text: string } | undefined,
): FileFinding[] {
  const [sent, got] = [reference.look.first, capture.look.first];
  const findings: FileFinding[] = [];
  if (!sent || !got) return findings;
  const [own, others] = [`${got.codedWidth}×${got.codedHeight}`, `${sent.codedWidth}×${sent.codedHeight}`];
  if (own !== others) {
    const ratio = (got.codedWidth * sent.codedHeight) / (got.codedHeight * sent.codedWidth);
    const shape = Math.abs(ratio - 1) > 0.02 ? ', which changes its shape' : '';
    const text = `the capture is ${own}, the reference ${others}: the capture was scaled to the reference's size (bicubic)${shape}, and scored there`;
    findings.push({ level: shape ? 'warning' : 'note', code: 'video-sizes-differ', file: 'both', text });
  }
  if (range) {
    const text = `the files say different ranges of luma (${range.text}): the capture was brought to the reference's before it was scored`;
    findings.push({ level: 'warning', code: 'video-ranges-differ', file: 'both', text });
  }
  for (const [file, look] of [
    ['reference', sent],
    ['capture', got],
  ] as const) {
    if (look.isExact) continue;
    const text = `pictures of ${look.format} were converted to 8-bit 4:2:0 before they were scored`;
    findings.push({ level: 'note', code: 'video-converted', file, text });
  }
  return findings;
}
