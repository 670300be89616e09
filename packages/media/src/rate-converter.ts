/** Taps of the low-pass a sample of the slower rate: 24 give 60 dB of stop band and 0.25 ms a tap at 8 kHz. */
const TAPS_PER_SLOW_SAMPLE = 24;
/** Of the slower rate's half: leaves room for the filter's slope. */
const PASS_BAND = 0.92;

/**
 * Converts between 48 kHz and a rate that divides it, chunk by chunk, without a seam: `factor` samples of the faster rate for each of the
 * slower, exactly, from the first chunk on. Delays by 12 samples of the slower rate (1.5 ms at 8 kHz).
 */
export class RateConverter {
  readonly #factor: number;
  readonly #isUp: boolean;
  readonly #taps: Float64Array;
  /** The input's last samples, as many as the filter reaches back. */
  #history: Float64Array;

  constructor(direction: 'up' | 'down', factor: number) {
    this.#factor = factor;
    this.#isUp = direction === 'up';
    this.#taps = lowPass(factor);
    this.#history = new Float64Array(this.#isUp ? TAPS_PER_SLOW_SAMPLE : this.#taps.length);
  }

  /** `samples.length` must be a multiple of the factor when going down. */
  convert(samples: Int16Array): Int16Array {
    if (this.#factor === 1) return samples;
    const reach = this.#history.length;
    const input = new Float64Array(reach + samples.length);
    input.set(this.#history);
    input.set(samples, reach);
    this.#history = input.slice(samples.length);
    return this.#isUp ? this.#up(input, reach, samples.length) : this.#down(input, reach, samples.length);
  }

  #up(input: Float64Array, reach: number, length: number): Int16Array {
    const factor = this.#factor;
    const out = new Int16Array(length * factor);
    for (let i = 0; i < length; i++) {
      for (let phase = 0; phase < factor; phase++) {
        let sum = 0;
        for (let t = phase, at = reach + i; t < this.#taps.length; t += factor, at--) {
          sum += (this.#taps[t] as number) * (input[at] as number);
        }
        out[i * factor + phase] = clip(sum * factor);
      }
    }
    return out;
  }

  #down(input: Float64Array, reach: number, length: number): Int16Array {
    const out = new Int16Array(length / this.#factor);
    for (let i = 0; i < out.length; i++) {
      let sum = 0;
      for (let t = 0, at = reach + i * this.#factor; t < this.#taps.length; t++, at--) {
        sum += (this.#taps[t] as number) * (input[at] as number);
      }
      out[i] = clip(sum);
    }
    return out;
  }
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
