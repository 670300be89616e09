import { type FilePicture, type MediaFileFacts, readPictures } from '@plugfest/media';
import type { Rect } from '@plugfest/model';
import { type FileFinding, type FileRole, lengthText } from './file-measurement-finding.ts';
import { findActiveRect } from './picture-bars.ts';
import { PictureSignatures } from './picture-signature.ts';
import { PictureTimes } from './picture-times.ts';
import { MetricSeries } from './video/metric-series.ts';
import { INSPECTION_LOOKS, PictureInspection } from './video/picture-inspection.ts';

/** What one look at all pictures of a file left. */
export interface PictureLook {
  readonly count: number;
  readonly first?: Pick<FilePicture, 'codedWidth' | 'codedHeight' | 'range' | 'format' | 'isExact'>;
  readonly times: PictureTimes;
  readonly signatures: PictureSignatures;
  /** What black bars leave of the first pictures. */
  readonly active: Rect | undefined;
  /** More than one where pictures change their size. */
  readonly sizes: number;
  readonly inspection: PictureInspection;
  /** A number a picture; NaN where the first has none. */
  readonly si: Float64Array;
  readonly ti: Float64Array;
  readonly repeats: Float64Array;
  /** Where the pictures end, as the file counts. */
  readonly endUs: number;
  readonly findings: readonly FileFinding[];
}

/** Blur and blockiness cost ten times what all else does. */
const DEAR_EVERY = 5;

interface SizeChange {
  readonly before: number;
  readonly size: string;
}

/** Reads a file's pictures once: what they say of themselves, and what pairing needs. `onPicture` is told the time reached. */
export async function lookAtPictures(
  path: string,
  role: FileRole,
  facts: MediaFileFacts,
  onPicture: (timeUs: number) => void,
): Promise<PictureLook> {
  const faults = { damaged: 0, endedEarly: false };
  const times = new PictureTimes(facts.video?.frameRate ?? 0);
  const signatures = new PictureSignatures();
  const active = findActiveRect(path);
  const inspection = new PictureInspection({
    looks: role === 'capture' ? INSPECTION_LOOKS : [],
    dearEvery: DEAR_EVERY,
  });
  const [si, ti, repeats] = [new MetricSeries(), new MetricSeries(), new MetricSeries()];
  const sizes: SizeChange[] = [];
  let first: FilePicture | undefined;
  let lastRawUs = 0;
  for (const picture of readPictures(path, { faults, lumaOnly: true })) {
    first ??= { ...picture, data: new Uint8Array(0) };
    lastRawUs = Math.max(lastRawUs, picture.ptsUs);
    const size = `${picture.codedWidth}×${picture.codedHeight}`;
    if (sizes.at(-1)?.size !== size) sizes.push({ before: times.length, size });
    const ptsUs = times.push(picture.ptsUs);
    signatures.push(picture, active);
    if (role === 'capture') {
      const seen = inspection.push({ ...picture, ptsUs });
      si.push(seen.si ?? Number.NaN);
      ti.push(seen.ti ?? Number.NaN);
      repeats.push(seen.isRepeat ? 1 : 0);
    }
    onPicture(ptsUs);
    // Others, and Ctrl-C, get their turn.
    if (times.length % 64 === 0) await new Promise(setImmediate);
  }
  const findings = [
    ...damageFindings(role, 'video', faults),
    ...sizeFindings(role, sizes),
    ...timeFindings(role, times),
  ];
  return {
    count: times.length,
    ...(first ? { first } : {}),
    times,
    signatures,
    active,
    sizes: sizes.length,
    inspection,
    si: si.values(),
    ti: ti.values(),
    repeats: repeats.values(),
    endUs: lastRawUs + (times.usualGapUs() || 0),
    findings,
  };
}

export function damageFindings(
  file: FileRole,
  medium: 'video' | 'audio',
  faults: { readonly damaged: number; readonly endedEarly: boolean },
): FileFinding[] {
  const what = medium === 'video' ? 'pictures' : 'sound';
  const found: FileFinding[] = [];
  if (faults.damaged > 0) {
    const text = `${faults.damaged} packets or frames of the ${what} are damaged; what the decoder made of them was measured`;
    found.push({ level: 'fault', code: `${medium}-damaged`, file, text });
  }
  if (faults.endedEarly) {
    const text = `reading the ${what} ended with an error before the end of the file: what came until then was measured`;
    found.push({ level: 'fault', code: 'file-cut-short', file, text });
  }
  return found;
}

/** Ends are known to half a second: containers round, and their media end one after another. */
const END_SLACK_MS = 500;

/** Whether the header promises more than there is. `endUs`: where the last of the media that were read ends, as the file counts. */
export function cutFindings(
  file: FileRole,
  { durationMs: promised, missingBytes }: MediaFileFacts,
  endUs: number,
): FileFinding[] {
  const endMs = endUs / 1000;
  if (missingBytes !== undefined) {
    const text = `the file is cut short: ${missingBytes} bytes of what its header promises are missing; what is there, until ${lengthText(endMs)}, was measured`;
    return [{ level: 'fault', code: 'file-cut-short', file, text }];
  }
  if (promised === undefined || promised <= endMs + Math.max(END_SLACK_MS, promised * 0.02)) return [];
  const text = `the file is cut short: its header promises ${lengthText(promised)}, what it holds ends after ${lengthText(endMs)}; that was measured`;
  return [{ level: 'fault', code: 'file-cut-short', file, text }];
}

function sizeFindings(file: FileRole, sizes: readonly SizeChange[]): FileFinding[] {
  if (sizes.length < 2) return [];
  const steps = sizes.slice(0, 6).map(({ before, size }) => `${size} from picture ${before} on`);
  const more = sizes.length > 6 ? `, and ${sizes.length - 6} more changes` : '';
  const text = `the pictures change their size: ${steps.join(', ')}${more}; all are scored at one size`;
  return [{ level: 'fault', code: 'video-size-changes', file, text }];
}

function timeFindings(file: FileRole, times: PictureTimes): FileFinding[] {
  const found: FileFinding[] = [];
  const [jump] = times.jumps;
  if (jump) {
    const sign = jump.byMs < 0 ? 'back' : 'ahead';
    const text = `the times of the pictures jump ${times.jumps.length === 1 ? 'once' : `${times.jumps.length} times`}: first by ${lengthText(Math.abs(jump.byMs))} ${sign} before picture ${jump.before}; such a jump is taken for one interval, so freezes and frame rates do not count it`;
    found.push({ level: 'fault', code: 'video-time-jump', file, text });
  }
  if (times.steppedBack > 0) {
    const text = `${times.steppedBack} pictures have a time before that of their predecessor, and are taken for simultaneous with it`;
    found.push({ level: 'fault', code: 'video-time-back', file, text });
  }
  const variation = times.variation();
  if (variation) {
    const [least, largest] = [variation.leastMs, variation.largestMs].map((ms) => Number(ms.toFixed(1)));
    const text = `the frame rate varies: ${Math.round(variation.share * 100)} % of the gaps between pictures are off the middle one of ${Number((times.usualGapUs() / 1000).toFixed(1))} ms, from ${least} to ${largest} ms`;
    found.push({ level: 'warning', code: 'video-rate-varies', file, text });
  }
  return found;
}
