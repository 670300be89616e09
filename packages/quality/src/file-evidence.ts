import { encodePixels, encodeWebp, type FilePicture, readFileFacts, readSound } from '@plugfest/media';
import type { VideoFrame } from '@plugfest/model';
import { type MeasureFilesOptions, type PictureRow, soundRateOf } from './file-measurement.ts';
import { lookAtSound } from './file-measurement-sound.ts';
import type { ComparedPicture } from './file-measurement-video.ts';
import { SoundLine } from './sound-line.ts';
import { Spectrogram } from './spectrogram.ts';
import { MetricSeries } from './video/metric-series.ts';

/** A curve: one value a time, both in the same order. */
export interface Curve {
  readonly name: string;
  readonly unit: string;
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
}

/** A captured picture that was far from what was sent. Pictures are `data:` URIs. */
export interface WorstPicture {
  readonly frame: number;
  readonly referenceFrame: number;
  readonly timeMs: number;
  readonly psnrY?: number;
  readonly ssimY?: number;
  readonly sent: string;
  readonly got: string;
  /** Luma, four times. */
  readonly difference: string;
}

export interface SoundStretch {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface SoundPicture {
  readonly durationMs: number;
  /** The highest frequency that the picture shows. */
  readonly topHz: number;
  /** A `data:` URI. */
  readonly image: string;
  readonly level: Curve;
  readonly dropouts: readonly SoundStretch[];
}

/** What a page shows beside the values. */
export interface FileEvidence {
  readonly curves: readonly Curve[];
  readonly worst: readonly WorstPicture[];
  readonly sounds: Readonly<Partial<Record<'reference' | 'capture', SoundPicture>>>;
}

const CURVES = [
  ['psnrY', 'dB'],
  ['ssimY', ''],
  ['msSsimY', ''],
  ['vifY', ''],
  ['xpsnrY', 'dB'],
  ['si', ''],
  ['ti', ''],
] as const satisfies readonly (readonly [keyof PictureRow, string])[];

const WORST = 3;
const APART_MS = 1000;
const COLUMNS = 1000;

interface Kept {
  readonly pair: ComparedPicture;
  readonly score: number;
  timeMs: number;
}

/** Collects what a page shows while files are measured: pass its two members to `measureFiles`. */
export class EvidenceCollector implements Required<Pick<MeasureFilesOptions, 'series' | 'onPair'>> {
  readonly #curves = new Map(CURVES.map(([name]) => [name, { times: new MetricSeries(), values: new MetricSeries() }]));
  readonly #gaps = { times: new MetricSeries(), values: new MetricSeries() };
  #kept: Kept[] = [];
  #lastMs: number | undefined;

  readonly series = (row: PictureRow): void => {
    for (const [name] of CURVES) {
      const value = row[name];
      if (value === undefined) continue;
      this.#curves.get(name)?.times.push(row.timeMs);
      this.#curves.get(name)?.values.push(value);
    }
    if (this.#lastMs !== undefined) {
      this.#gaps.times.push(row.timeMs);
      this.#gaps.values.push(row.timeMs - this.#lastMs);
    }
    this.#lastMs = row.timeMs;
  };

  readonly onPair = (pair: ComparedPicture): void => {
    const { timeMs } = pair;
    const score = pair.scores.ssimY ?? pair.scores.psnrY ?? 0;
    const near = this.#kept.find((kept) => Math.abs(kept.timeMs - timeMs) < APART_MS);
    if (near && near.score <= score) return;
    const others = this.#kept.filter((kept) => kept !== near);
    this.#kept = [...others, { pair, score, timeMs }].sort((a, b) => a.score - b.score).slice(0, WORST);
  };

  /** All that was collected, with the sound of both files painted. */
  async evidence({ reference, capture }: Pick<MeasureFilesOptions, 'reference' | 'capture'>): Promise<FileEvidence> {
    const curves = CURVES.flatMap(([name, unit]): Curve[] => {
      const { times, values } = this.#curves.get(name) as { times: MetricSeries; values: MetricSeries };
      return values.length < 2 ? [] : [{ name, unit, timesMs: times.values(), values: values.values() }];
    });
    const { times, values } = this.#gaps;
    if (values.length > 1)
      curves.push({ name: 'gap to the picture before', unit: 'ms', timesMs: times.values(), values: values.values() });
    const sent = reference === undefined ? undefined : await paintSound(reference, 'reference');
    const got = await paintSound(capture, 'capture');
    const sounds = { ...(sent ? { reference: sent } : {}), ...(got ? { capture: got } : {}) };
    return { curves, worst: this.#kept.map(paintPair), sounds };
  }
}

function paintPair({ pair, timeMs }: Kept): WorstPicture {
  const { number, referenceNumber, reference, captured, scores } = pair;
  return {
    frame: number,
    referenceFrame: referenceNumber,
    timeMs,
    ...(scores.psnrY === undefined ? {} : { psnrY: scores.psnrY }),
    ...(scores.ssimY === undefined ? {} : { ssimY: scores.ssimY }),
    sent: webp(evenPart(reference)),
    got: webp(evenPart(captured)),
    difference: webp(differenceOf(evenPart(reference), evenPart(captured))),
  };
}

function webp(frame: VideoFrame): string {
  return `data:image/webp;base64,${encodeWebp(frame).toString('base64')}`;
}

/** Without the last column or row of odd sides. */
function evenPart(picture: FilePicture): VideoFrame {
  const [width, height] = [picture.width & ~1, picture.height & ~1];
  if (width === picture.width && height === picture.height) return picture;
  const data = new Uint8Array((width * height * 3) / 2);
  let [from, to] = [0, 0];
  for (const shift of [0, 1, 1]) {
    const [stride, rows] = [(picture.width + shift) >> shift, (picture.height + shift) >> shift];
    for (let y = 0; y < height >> shift; y++, to += width >> shift)
      data.set(picture.data.subarray(from + y * stride, from + y * stride + (width >> shift)), to);
    from += stride * rows;
  }
  return { width, height, data, ptsUs: picture.ptsUs };
}

const AMPLIFIED = 4;

function differenceOf(a: VideoFrame, b: VideoFrame): VideoFrame {
  const { width, height, ptsUs } = a;
  const data = new Uint8Array(a.data.length).fill(128);
  for (let i = 0; i < width * height; i++)
    data[i] = 16 + Math.min(219, AMPLIFIED * Math.abs((a.data[i] as number) - (b.data[i] as number)));
  return { width, height, data, ptsUs };
}

async function paintSound(path: string, role: 'reference' | 'capture'): Promise<SoundPicture | undefined> {
  const facts = readFileFacts(path);
  if (!facts.audio?.canDecode) return undefined;
  const sampleRateHz = soundRateOf(facts.audio.sampleRateHz);
  const { samples } = await lookAtSound(path, role, sampleRateHz, () => {});
  if (samples === 0) return undefined;
  const spectrogram = new Spectrogram(samples, COLUMNS);
  const line = new SoundLine(sampleRateHz);
  let blocks = 0;
  for (const block of readSound(path, { sampleRateHz })) {
    for (const piece of line.push(block)) spectrogram.push(piece);
    if (++blocks % 64 === 0) await new Promise(setImmediate);
  }
  for (const piece of line.end()) spectrogram.push(piece);
  const image = encodePixels(spectrogram.pixels(), spectrogram.columns, spectrogram.rows);
  const durationMs = (1000 * samples) / sampleRateHz;
  const values = spectrogram.levels.values();
  const timesMs = Float64Array.from(values, (_, n) => ((n + 0.5) * durationMs) / values.length);
  return {
    durationMs,
    topHz: sampleRateHz / 2,
    image: `data:image/png;base64,${image.toString('base64')}`,
    level: { name: 'level', unit: 'dBFS', timesMs, values },
    dropouts: [],
  };
}
