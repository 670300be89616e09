import { readSound } from '@plugfest/media';
import type { Measured } from '@plugfest/model';
import { compareSound, inspectSound, type SoundComparison, type SoundInspection } from './audio/compare-sound.ts';
import { envelopeLag } from './audio/envelope-alignment.ts';
import type { Sound } from './audio/sound.ts';
import { type DtmfDigit, DtmfReader } from './audio/tone-detection.ts';
import { type FileFinding, type FileRole, lengthText } from './file-measurement-finding.ts';
import { damageFindings } from './file-measurement-look.ts';
import { poolParts } from './file-measurement-parts.ts';
import { SoundLine } from './sound-line.ts';

/** Longer sound is measured in parts of about this length: memory stays small. */
const WHOLE_MS = 20_000;
const PART_MS = 10_000;

export type AudioValues = Readonly<Record<string, Measured>>;

/** What a file's sound is, once read from end to end. */
export interface SoundLook {
  readonly path: string;
  readonly sampleRateHz: number;
  readonly samples: number;
  /** Where it ends, as the file counts. */
  readonly endUs: number;
  readonly findings: readonly FileFinding[];
}

const SILENCE: Sound = { samples: new Float32Array(0), sampleRateHz: 48_000 };

/** Every value of sound, with the reason why there is none. */
export function unheard(reason: string): AudioValues {
  return because(Object.keys(compareSound(SILENCE, SILENCE)), reason);
}

/** The values that need a reference alone. */
export function uncomparedSound(reason: string): AudioValues {
  const own = new Set(Object.keys(inspectSound(SILENCE)));
  return because(
    Object.keys(compareSound(SILENCE, SILENCE)).filter((name) => !own.has(name)),
    reason,
  );
}

function because(names: readonly string[], reason: string): AudioValues {
  return Object.fromEntries(names.map((name) => [name, { notMeasured: reason }]));
}

/** Reads a file's sound once: how long it is, and what is wrong with it. `onTime` is told the time reached. */
export async function lookAtSound(
  path: string,
  file: FileRole,
  sampleRateHz: number,
  onTime: (timeUs: number) => void,
): Promise<SoundLook> {
  const faults = { damaged: 0, endedEarly: false };
  const line = new SoundLine(sampleRateHz);
  const keys = new DtmfReader(sampleRateHz);
  let [samples, endUs, blocks] = [0, 0, 0];
  const hear = (piece: Float32Array): void => {
    samples += piece.length;
    keys.push(piece);
  };
  for (const block of readSound(path, { sampleRateHz, faults })) {
    for (const piece of line.push(block)) hear(piece);
    endUs = Math.max(endUs, block.ptsUs + (1e6 * block.samples.length) / sampleRateHz);
    onTime((1e6 * samples) / sampleRateHz);
    if (++blocks % 256 === 0) await new Promise(setImmediate);
  }
  for (const piece of line.end()) hear(piece);
  const findings = [
    ...damageFindings(file, 'audio', faults),
    ...lineFindings(file, line),
    ...keyFindings(file, keys.end()),
  ];
  return { path, sampleRateHz, samples, endUs, findings };
}

/** Keys that are told one by one. */
const MOST_KEYS = 64;

function keyFindings(file: FileRole, keys: readonly DtmfDigit[]): FileFinding[] {
  if (keys.length === 0) return [];
  const told = keys
    .slice(0, MOST_KEYS)
    .map(({ symbol, startMs, durationMs }) => `${symbol} at ${lengthText(startMs)} for ${durationMs} ms`);
  const more = keys.length > MOST_KEYS ? ` and ${keys.length - MOST_KEYS} more` : '';
  const text = `keys were pressed (DTMF): ${told.join(', ')}${more}`;
  return [{ level: 'note', code: 'audio-dtmf', file, text }];
}

function lineFindings(file: FileRole, { gaps, filledMs, jumps }: SoundLine): FileFinding[] {
  const found: FileFinding[] = [];
  const [jump] = jumps;
  if (jump !== undefined) {
    const text = `the times of the sound jump ${jumps.length === 1 ? 'once' : `${jumps.length} times`}, first by ${lengthText(Math.abs(jump))} ${jump < 0 ? 'back' : 'ahead'}: such a jump was passed over`;
    found.push({ level: 'fault', code: 'audio-time-jump', file, text });
  }
  if (gaps > 0) {
    const text = `${gaps} gaps in the sound, ${lengthText(filledMs)} in all, were filled with silence, as a listener hears them`;
    found.push({ level: 'warning', code: 'audio-gaps', file, text });
  }
  return found;
}

/** What a sound says of itself. */
export async function inspectFile(look: SoundLook, onTime: (timeUs: number) => void): Promise<AudioValues> {
  const parts: SoundInspection[] = [];
  for (const sound of partsOf(look, look.samples, 0)) {
    parts.push(inspectSound(sound));
    onTime((1e6 * sound.samples.length * parts.length) / look.sampleRateHz);
    await new Promise(setImmediate);
  }
  return poolParts(parts.map((part) => ({ ...part })));
}

/** What a sound says of itself and against its reference; in parts of the same times where it is long. */
export async function compareFiles(
  reference: SoundLook,
  capture: SoundLook,
  onTime: (timeUs: number) => void,
): Promise<AudioValues> {
  const longest = Math.max(reference.samples, capture.samples);
  const delay = isLong(longest, capture.sampleRateHz) ? startDelay(reference, capture) : 0;
  const sent = partsOf(reference, longest, Math.max(0, -delay));
  const parts: SoundComparison[] = [];
  for (const got of partsOf(capture, longest, Math.max(0, delay))) {
    const next = sent.next();
    if (next.done || (parts.length > 0 && got.samples.length === 0)) break;
    parts.push(compareSound(next.value, got));
    onTime((1e6 * got.samples.length * parts.length) / capture.sampleRateHz);
    await new Promise(setImmediate);
  }
  sent.return(undefined);
  return poolParts(parts.map((part) => ({ ...part })));
}

function isLong(samples: number, sampleRateHz: number): boolean {
  return (samples * 1000) / sampleRateHz > WHOLE_MS;
}

/** How many samples the capture is late, by its first part. */
function startDelay(reference: SoundLook, capture: SoundLook): number {
  const [a, b] = [reference, capture].map((look) => {
    const parts = partsOf(look, look.samples, 0);
    const first = parts.next().value ?? SILENCE;
    parts.return(undefined);
    return Float64Array.from(first.samples);
  }) as [Float64Array, Float64Array];
  return a.length === 0 || b.length === 0 ? 0 : -envelopeLag(a, b);
}

/** A file's sound from `skip` samples on, whole or in parts as sound of `total` samples is. */
export function* partsOf({ path, sampleRateHz }: SoundLook, total: number, skip: number): Generator<Sound> {
  const count = isLong(total, sampleRateHz) ? Math.ceil((total * 1000) / sampleRateHz / PART_MS) : 1;
  const length = Math.ceil(total / count);
  let part = new Float32Array(length);
  let [at, toSkip] = [0, skip];
  for (const piece of piecesOf(path, sampleRateHz)) {
    const passed = Math.min(toSkip, piece.length);
    toSkip -= passed;
    for (let from = passed; from < piece.length; ) {
      const taken = Math.min(length - at, piece.length - from);
      part.set(piece.subarray(from, from + taken), at);
      at += taken;
      from += taken;
      if (at < length) continue;
      yield { samples: part, sampleRateHz };
      part = new Float32Array(length);
      at = 0;
    }
  }
  if (at > 0) yield { samples: part.subarray(0, at), sampleRateHz };
}

function* piecesOf(path: string, sampleRateHz: number): Generator<Float32Array> {
  const line = new SoundLine(sampleRateHz);
  for (const block of readSound(path, { sampleRateHz })) yield* line.push(block);
  yield* line.end();
}
