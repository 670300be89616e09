import { Correlator, peakOffset } from './cross-correlation.ts';
import { NARROW_BAND } from './narrow-band.ts';

/** A voice's delay changes when a receiver stretches sound, so it is looked for in windows as well as in the whole. */
const WINDOW_S = 2;
const WINDOW_SAMPLES = WINDOW_S * NARROW_BAND.sampleRateHz;
/** Around a peak: its own main lobe and the pitch's echoes do not count as side lobes. */
const LOBE_SAMPLES = 0.02 * NARROW_BAND.sampleRateHz;
/** Median absolute deviation to standard deviation, for a normal distribution. */
const MAD_TO_SIGMA = 1.4826;

/** Lags at which the voice says less than this part of what it says at others are not looked at: next to nothing correlates with anything. */
const LEAST_SPOKEN = 0.1;

/** The best place of a known voice in (a part of) a mix. */
export interface Peak {
  /** First sample of the part, and its length. */
  readonly start: number;
  readonly length: number;
  /** Samples, with fraction: mix[n] sounds like template[n + lag]. */
  readonly lag: number;
  /** Height over the spread of all other lags (robust sigma), both over the root of what the voice says at each. */
  readonly prominence: number;
  /** Normalised correlation at the peak, 0..1. */
  readonly correlation: number;
}

export interface VoiceSearch {
  readonly whole: Peak;
  readonly windows: readonly Peak[];
}

/** Looks for whitened templates in a whitened mix at lags 0…lags−1; the templates' order is kept. */
export function searchVoices(whitened: Float64Array, templates: readonly Float64Array[], lags: number): VoiceSearch[] {
  const sums = templates.map(() => new Float64Array(lags));
  const windows: Peak[][] = templates.map(() => []);
  for (const [start, end] of windowsOf(whitened.length)) {
    const correlator = new Correlator(whitened.subarray(start, end), lags);
    const part = (i: number): Float64Array | undefined => templates[i]?.subarray(start, end + lags);
    for (let i = 0; i < templates.length; i += 2) {
      const pair = correlator.correlate(part(i) as Float64Array, part(i + 1));
      for (const [j, values] of pair.entries()) {
        const template = templates[i + j];
        if (!template) continue;
        const sum = sums[i + j] as Float64Array;
        for (let lag = 0; lag < lags; lag++) sum[lag] = (sum[lag] as number) + (values[lag] as number);
        windows[i + j]?.push(peakOf(values, whitened, template, start, end));
      }
    }
  }
  return templates.map((template, i) => ({
    whole: peakOf(sums[i] as Float64Array, whitened, template, 0, whitened.length),
    windows: windows[i] as Peak[],
  }));
}

/** Equal windows of at most two seconds. */
export function windowsOf(length: number): [start: number, end: number][] {
  const count = Math.max(1, Math.ceil(length / WINDOW_SAMPLES));
  const edge = (i: number): number => Math.round((i * length) / count);
  return Array.from({ length: count }, (_, i) => [edge(i), edge(i + 1)]);
}

function peakOf(values: Float64Array, mix: Float64Array, template: Float64Array, start: number, end: number): Peak {
  const spoken = new SpokenEnergy(template, start, end, values.length);
  const weights = values.map((value, lag) => Math.abs(value) / Math.sqrt(spoken.at(lag)));
  let at = 0;
  for (let lag = 1; lag < weights.length; lag++) if ((weights[lag] as number) > (weights[at] as number)) at = lag;
  const spread = spreadOf(weights, at);
  const energy = energyOf(mix, start, end) * energyOf(template, start + at, end + at);
  return {
    start,
    length: end - start,
    lag: at + peakOffset(values, at),
    prominence: spread > 0 ? (weights[at] as number) / spread : 0,
    correlation: energy > 0 ? Math.min(1, Math.abs(values[at] as number) / Math.sqrt(energy)) : 0,
  };
}

/**
 * How much the voice says in what each lag lays over a part of the mix. The correlation of unlike sounds grows with its root: without it a voice that is
 * silent at most lags makes the lags at which it speaks look like peaks.
 */
class SpokenEnergy {
  /** Of the template’s samples from the part’s first on: the energy of all before each. */
  readonly #before: Float64Array;
  readonly #length: number;
  readonly #least: number;

  constructor(template: Float64Array, start: number, end: number, lags: number) {
    this.#length = end - start;
    this.#before = new Float64Array(this.#length + lags + 1);
    for (let n = 0; n < this.#length + lags; n++)
      this.#before[n + 1] = (this.#before[n] as number) + (template[start + n] ?? 0) ** 2;
    let most = 0;
    for (let lag = 0; lag < lags; lag++) most = Math.max(most, this.#spoken(lag));
    this.#least = Math.max(Number.MIN_VALUE, LEAST_SPOKEN * most);
  }

  /** Infinite where it is too little to be looked at. */
  at(lag: number): number {
    const spoken = this.#spoken(lag);
    return spoken >= this.#least ? spoken : Number.POSITIVE_INFINITY;
  }

  #spoken(lag: number): number {
    return (this.#before[lag + this.#length] as number) - (this.#before[lag] as number);
  }
}

/** Robust standard deviation of what is looked at, away from the peak. */
function spreadOf(weights: Float64Array, peak: number): number {
  const others = weights.filter((weight, lag) => weight > 0 && Math.abs(lag - peak) > LOBE_SAMPLES).sort();
  return MAD_TO_SIGMA * (others[others.length >> 1] ?? 0);
}

export function energyOf(samples: Float64Array, start: number, end: number): number {
  let energy = 0;
  for (let i = Math.max(0, start); i < Math.min(end, samples.length); i++) energy += (samples[i] as number) ** 2;
  return energy;
}
