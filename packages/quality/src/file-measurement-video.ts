import type { FilePicture, LumaRange } from '@plugfest/media';
import type { Measured } from '@plugfest/model';
import type { FileFinding } from './file-measurement-finding.ts';
import type { PictureLook } from './file-measurement-look.ts';
import { delayOf, type Pairing, pairPictures } from './file-measurement-pairing.ts';
import { PLACING, type PlacedPair, placePictures } from './file-measurement-place.ts';
import { pairsOf } from './file-measurement-reading.ts';
import { KeptDetail } from './kept-detail.ts';
import { COMPARISON_METRICS, type FrameScores, PictureComparison } from './video/picture-comparison.ts';
import { DETAIL_EVERY, PictureInspection } from './video/picture-inspection.ts';
import { vmafOf } from './vmaf.ts';

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

/** What is also scored at the capture's own size, where that is another. */
const AT_CAPTURE = ['psnrY', 'ssimY'] as const;
const COMPARED = [
  ...COMPARISON_METRICS,
  'psnrYAtCaptureSize',
  'ssimYAtCaptureSize',
  'vmaf',
  'keptWidth',
  'keptHeight',
  'videoDelayMs',
] as const;

/** Every value that needs a reference, with the reason why there is none. */
export function uncompared(reason: string): VideoValues {
  return Object.fromEntries(COMPARED.map((name) => [name, { notMeasured: reason }]));
}

/** What pictures say of themselves; with that reason where there are none. */
export function inspectionValues(inspection: PictureInspection | undefined, reason: string): VideoValues {
  const { values } = (inspection ?? new PictureInspection()).summary();
  return inspection ? values : Object.fromEntries(Object.keys(values).map((name) => [name, { notMeasured: reason }]));
}

/** Reads both files again and scores pair by pair, at the reference's size. */
export async function compareVideo(
  files: ComparisonFiles,
  onPair: (pair: ComparedPicture) => void,
): Promise<VideoComparison> {
  const { reference, capture } = files;
  const pairing = pairPictures(reference.look, capture.look);
  const { first: sent, times } = reference.look;
  const size = { width: sent?.codedWidth ?? 0, height: sent?.codedHeight ?? 0 };
  if (Math.min(size.width, size.height) < LEAST_SIDE)
    return {
      values: uncompared(`pictures of ${size.width}×${size.height} are too small to be compared`),
      findings: pairing.findings,
    };
  const { warp, findings: placed } = placePictures(somePairs(files, pairing), {
    reference: reference.look,
    capture: capture.look,
  });
  const structureEvery = Math.max(1, Math.ceil((pairing.pairs * size.width * size.height) / STRUCTURE_SAMPLES));
  const frameRate = Math.max(1, Math.round(1e6 / (times.usualGapUs() || 40_000)));
  const comparison = new PictureComparison({ frameRate, structureEvery });
  const atCapture = isSameSize(capture.look, size) || warp ? undefined : new PictureComparison(CAPTURED_SIZE);
  const kept = new KeptDetail(size);
  const range = rangeChange(reference.look, capture.look);
  const timesUs = capture.look.times.values();
  for (const pair of pairsOf(files, pairing, { size, warp, wantsNative: atCapture !== undefined })) {
    const change = (picture: FilePicture): FilePicture =>
      range ? { ...picture, data: range.apply(picture) } : picture;
    const captured = change(pair.captured);
    const scores = comparison.push(pair.reference, captured);
    if (pair.native) atCapture?.push(pair.reference, change(pair.native));
    if (scores.frame % DETAIL_EVERY === 0) kept.push(pair.reference, captured);
    onPair({ ...pair, captured, scores, timeMs: (timesUs[pair.number] as number) / 1000 });
    if (scores.frame % 32 === 31) await new Promise(setImmediate);
  }
  const findings = [
    ...pairing.findings,
    ...preparationFindings(files, range, warp !== undefined),
    ...placed,
    ...kept.findings(),
  ];
  const how = [pairing.method, `at the reference's ${size.width}×${size.height}`];
  if (warp) how.push('the capture brought to where the reference has it (bicubic)');
  else if (!isSameSize(capture.look, size)) how.push('the capture scaled to it (bicubic)');
  const values = {
    ...withMethod(comparison.summary().values, how, structureEvery),
    ...captureSizeValues(atCapture, files, pairing.method, warp !== undefined),
    vmaf: await vmafOf(files, pairing, { size, isPlaced: warp !== undefined, range: range !== undefined }),
    ...kept.values(),
    videoDelayMs: delayOf(pairing, reference.look, capture.look),
  };
  return { values, findings };
}

const CAPTURED_SIZE = { metrics: AT_CAPTURE, resolution: 'captured' } as const;

/** PSNR and SSIM at the capture's own size; where both files are of one size they are there already. */
function captureSizeValues(
  atCapture: PictureComparison | undefined,
  { capture }: ComparisonFiles,
  pairing: string,
  isPlaced: boolean,
): VideoValues {
  const { codedWidth = 0, codedHeight = 0 } = capture.look.first ?? {};
  const reason = isPlaced
    ? 'the capture does not show the reference from edge to edge: it was scored at the reference’s size alone'
    : `the capture is of the reference's size: see psnrY and ssimY`;
  const size = `at the capture's ${capture.look.sizes > 1 ? 'sizes' : `${codedWidth}×${codedHeight}`}`;
  const values = atCapture?.summary().values;
  return Object.fromEntries(
    AT_CAPTURE.map((name): [string, Measured] => {
      const measured = values?.[name] ?? { notMeasured: reason };
      if ('notMeasured' in measured) return [`${name}AtCaptureSize`, { notMeasured: measured.notMeasured }];
      const method = [measured.method, pairing, size, 'the reference scaled to it (bilinear)'].join('; ');
      return [`${name}AtCaptureSize`, { ...measured, method }];
    }),
  );
}

/** A few pairs of the beginning, each picture as its file has it, and for longer. */
function somePairs(files: ComparisonFiles, pairing: Pairing): PlacedPair[] {
  const some: PlacedPair[] = [];
  let seen = 0;
  for (const { reference, captured } of pairsOf(files, pairing, {})) {
    if (seen++ % PLACING.every !== 0) continue;
    const kept = (picture: FilePicture): FilePicture => ({ ...picture, data: Uint8Array.from(picture.data) });
    some.push({ reference: kept(reference), captured: kept(captured) });
    if (some.length === PLACING.pairs) break;
  }
  return some;
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

function isSameSize({ first }: PictureLook, { width, height }: { width: number; height: number }): boolean {
  return first?.codedWidth === width && first.codedHeight === height;
}

/** From the capture's range of luma to the reference's, where they differ. A file that says nothing is taken for limited, as FFmpeg does. */
function rangeChange(
  { first: sent }: PictureLook,
  { first: got }: PictureLook,
): { readonly apply: (picture: FilePicture) => Uint8Array; readonly text: string } | undefined {
  const saidOf = (range: LumaRange | undefined): LumaRange => (range === 'full' ? 'full' : 'limited');
  const ranges = `${saidOf(got?.range)}>${saidOf(sent?.range)}`;
  if (ranges !== 'full>limited' && ranges !== 'limited>full') return undefined;
  const table = Uint8Array.from({ length: 256 }, (_, y) =>
    Math.max(0, Math.min(255, Math.round(ranges === 'full>limited' ? 16 + (y * 219) / 255 : ((y - 16) * 255) / 219))),
  );
  const apply = ({ data, width, height }: FilePicture): Uint8Array => {
    const changed = data.slice();
    for (let i = 0; i < width * height; i++) changed[i] = table[data[i] as number] as number;
    return changed;
  };
  return {
    apply,
    text: `capture ${got?.range}, reference ${sent?.range}${got?.range === 'unsaid' || sent?.range === 'unsaid' ? ', which is taken for limited' : ''}`,
  };
}

function preparationFindings(
  { reference, capture }: ComparisonFiles,
  range: { readonly text: string } | undefined,
  isPlaced: boolean,
): FileFinding[] {
  const [sent, got] = [reference.look.first, capture.look.first];
  const findings: FileFinding[] = [];
  if (!sent || !got) return findings;
  const [own, others] = [`${got.codedWidth}×${got.codedHeight}`, `${sent.codedWidth}×${sent.codedHeight}`];
  if (own !== others && !isPlaced) {
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
