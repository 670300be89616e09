/** Taps of the low-pass a sample of the slower rate: 16 give 50 dB of stop band. */
const TAPS_PER_SLOW_SAMPLE = 16;
/** Of the slower rate's half: leaves room for the filter's slope. */
const PASS_BAND = 0.9;

/**
 * Converts between 48 kHz and a rate that divides it, chunk by chunk, without a seam: `factor` samples of the faster rate for each of the
 * slower, exactly, from the first chunk on. Delays by 8 samples of the slower rate (1 ms at 8 kHz).
 */
export class RateConverter {
  readonly #factor: number;
  readonly #isUp: boolean;
  /** Up: the filter of each phase; down: the one filter. Last tap first, so that taps and samples run the same way. */
  readonly #filters: readonly Float64Array[];
  readonly #reach: number;
  /** The input's last samples, as many as the filter reaches back, then room for a chunk. */
  #buffer: Float64Array;

  constructor(direction: 'up' | 'down', factor: number) {
    this.#factor = factor;
    this.#isUp = direction === 'up';
    const taps = lowPass(factor);
    this.#filters = this.#isUp
      ? Array.from({ length: factor }, (_, phase) =>
          taps.filter((_, t) => t % factor === phase).map((tap) => tap * factor),
        )
      : [taps];
    for (const filter of this.#filters) filter.reverse();
    this.#reach = (this.#filters[0] as Float64Array).length - 1;
    this.#buffer = new Float64Array(this.#reach);
  }

  /** `samples.length` must be a multiple of the factor when going down. */
  convert(samples: Int16Array): Int16Array {
    if (this.#factor === 1) return samples;
    const reach = this.#reach;
    if (this.#buffer.length < reach + samples.length) {
      const larger = new Float64Array(reach + samples.length);
      larger.set(this.#buffer.subarray(0, reach));
      this.#buffer = larger;
    }
    this.#buffer.set(samples, reach);
    const out = this.#isUp ? this.#up(samples.length) : this.#down(samples.length);
    this.#buffer.copyWithin(0, samples.length, samples.length + reach);
    return out;
  }

  #up(length: number): Int16Array {
    const out = new Int16Array(length * this.#factor);
    for (const [phase, filter] of this.#filters.entries()) {
      for (let i = 0; i < length; i++) out[i * this.#factor + phase] = clip(dot(filter, this.#buffer, i));
    }
    return out;
  }

  #down(length: number): Int16Array {
    const filter = this.#filters[0] as Float64Array;
    const out = new Int16Array(length / this.#factor);
    for (let i = 0; i < out.length; i++) out[i] = clip(dot(filter, this.#buffer, i * this.#factor));
    return out;
  }
}

/** Four sums at a time keep the processor busy; every filter's length is a multiple of four. */
function dot(filter: Float64Array, samples: Float64Array, at: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let t = 0; t < filter.length; t += 4) {
    a += (filter[t] as number) * (samples[at + t] as number);
    b += (filter[t + 1] as number) * (samples[at + t + 1] as number);
    c += (filter[t + 2] as number) * (samples[at + t + 2] as number);
    d += (filter[t + 3] as number) * (samples[at + t + 3] as number);
  }
  return a + b + c + d;
}

/** A windowed sinc (Blackman) at the slower rate's half, on the grid of the faster rate, of unit gain. */
function lowPass(factor: number): Float64Array {
  const length = TAPS_PER_SLOW_SAMPLE * factor;
  const middle = (length - 1) / 2;
  const taps = Float64Array.from({ length }, (_, i) => {
    const x = ((i - middle) * PASS_BAND) / factor;
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    const turn = (2 * Math.PI * i) / (length - 1);
    return sinc * (0.42 - 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn));
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

function clip(value: number): number {
  return value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : Math.round(value);
}
