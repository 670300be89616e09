import type { Measured } from '@plugfest/model';
import type { AlignedSounds } from './aligned-sounds.ts';
import { bootstrapSums } from './block-sums.ts';
import { resampledTo } from './rational-resampling.ts';
import { BANDS, type BandFrames, STOI_RATE_HZ, thirdOctaveFrames, withoutPauses } from './third-octave-frames.ts';

/** 384 ms. */
const SEGMENT = 30;
/** The lower bound of the signal-to-distortion ratio of a cell, in dB. */
const BETA_DB = -15;
const CLIP = 1 + 10 ** (-BETA_DB / 20);

export interface Intelligibility {
  readonly stoi: Measured;
  readonly estoi: Measured;
}

/**
 * How much of the speech can be understood: about 0…1, by correlation of short-time envelopes in third octaves of 384 ms.
 * @see Taal, Hendriks, Heusdens, Jensen 2011, An algorithm for intelligibility prediction of time-frequency weighted noisy speech (STOI)
 * @see Jensen, Taal 2016, An algorithm for predicting the intelligibility of speech masked by modulated noise maskers (ESTOI)
 */
export function intelligibility({ reference, degraded, sampleRateHz }: AlignedSounds): Intelligibility {
  if (sampleRateHz < STOI_RATE_HZ)
    return neither(`STOI needs ${STOI_RATE_HZ} samples/s, the sound has ${sampleRateHz}`);
  const [sent, got] = withoutPauses(
    resampledTo(reference, sampleRateHz, STOI_RATE_HZ),
    resampledTo(degraded, sampleRateHz, STOI_RATE_HZ),
  );
  const [x, y] = [thirdOctaveFrames(sent), thirdOctaveFrames(got)];
  const segments = x.frames - SEGMENT + 1;
  if (segments < 1) return neither('less than 384 ms of the reference is speech');
  return {
    stoi: pooled(segments, (start) => bandCorrelation(x, y, start), 'stoi-2011-1'),
    estoi: pooled(segments, (start) => spectralCorrelation(x, y, start), 'estoi-2016-1'),
  };
}

function neither(reason: string): Intelligibility {
  return { stoi: { notMeasured: reason }, estoi: { notMeasured: reason } };
}

function pooled(segments: number, scoreOf: (start: number) => number, method: string): Measured {
  const scores = Float64Array.from({ length: segments }, (_, start) => scoreOf(start));
  const interval = bootstrapSums([scores], ([sum], count) => (sum as number) / count, SEGMENT);
  return { ...interval, unit: 'ratio', n: segments, method };
}

/** STOI: the mean over bands of the correlation of the two envelopes, the degraded one made as loud and clipped. */
function bandCorrelation(x: BandFrames, y: BandFrames, start: number): number {
  const [a, b] = [new Float64Array(SEGMENT), new Float64Array(SEGMENT)];
  let sum = 0;
  for (let band = 0; band < BANDS; band++) {
    let [xx, yy] = [0, 0];
    for (let i = 0; i < SEGMENT; i++) {
      const at = (start + i) * BANDS + band;
      a[i] = x.cells[at] as number;
      b[i] = y.cells[at] as number;
      xx += (a[i] as number) ** 2;
      yy += (b[i] as number) ** 2;
    }
    const gain = yy > 0 ? Math.sqrt(xx / yy) : 0;
    for (let i = 0; i < SEGMENT; i++) b[i] = Math.min((b[i] as number) * gain, (a[i] as number) * CLIP);
    normalise(a, 0, SEGMENT, 1);
    normalise(b, 0, SEGMENT, 1);
    sum += product(a, b);
  }
  return sum / BANDS;
}

/** ESTOI: the segment's rows (bands), then its columns (frames) made of mean 0 and norm 1, then the mean correlation of the columns. */
function spectralCorrelation(x: BandFrames, y: BandFrames, start: number): number {
  return product(normalisedSegment(x, start), normalisedSegment(y, start)) / SEGMENT;
}

function normalisedSegment({ cells }: BandFrames, start: number): Float64Array {
  const segment = cells.slice(start * BANDS, (start + SEGMENT) * BANDS);
  for (let band = 0; band < BANDS; band++) normalise(segment, band, SEGMENT, BANDS);
  for (let i = 0; i < SEGMENT; i++) normalise(segment, i * BANDS, BANDS, 1);
  return segment;
}

/** Makes `count` values of mean 0 and norm 1; what does not vary becomes 0. */
function normalise(values: Float64Array, first: number, count: number, stride: number): void {
  const end = first + count * stride;
  let [sum, squares] = [0, 0];
  for (let i = first; i < end; i += stride) sum += values[i] as number;
  const average = sum / count;
  for (let i = first; i < end; i += stride) {
    values[i] = (values[i] as number) - average;
    squares += (values[i] as number) ** 2;
  }
  const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
  for (let i = first; i < end; i += stride) values[i] = (values[i] as number) * scale;
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
