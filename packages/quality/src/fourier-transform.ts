/** A complex FFT of one power-of-two length, in place, with its tables kept. Radix 2, decimation in time. */
export class FourierTransform {
  readonly size: number;
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  readonly #reversed: Uint32Array;

  constructor(size: number) {
    if (size < 2 || (size & (size - 1)) !== 0) throw new RangeError(`${size} is no power of two`);
    this.size = size;
    this.#cos = Float64Array.from({ length: size / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / size));
    this.#sin = Float64Array.from({ length: size / 2 }, (_, i) => Math.sin((2 * Math.PI * i) / size));
    this.#reversed = new Uint32Array(size);
    for (let i = 1; i < size; i++) {
      this.#reversed[i] = ((this.#reversed[i >> 1] as number) >> 1) | ((i & 1) * (size >> 1));
    }
  }

  /** X[k] = Σ x[n]·e^(−2πikn/size). */
  forward(re: Float64Array, im: Float64Array): void {
    this.#transform(re, im);
  }

  /** The inverse, divided by the size. */
  inverse(re: Float64Array, im: Float64Array): void {
    this.#transform(im, re);
    for (let i = 0; i < this.size; i++) {
      re[i] = (re[i] as number) / this.size;
      im[i] = (im[i] as number) / this.size;
    }
  }

  #transform(re: Float64Array, im: Float64Array): void {
    this.#reorder(re, im);
    const [cos, sin] = [this.#cos, this.#sin];
    for (let half = 1; half < this.size; half *= 2) {
      const step = this.size / (2 * half);
      for (let start = 0; start < this.size; start += 2 * half) {
        for (let k = 0; k < half; k++) {
          const wr = cos[k * step] as number;
          const wi = sin[k * step] as number;
          const a = start + k;
          const b = a + half;
          const [br, bi] = [re[b] as number, im[b] as number];
          const tr = br * wr + bi * wi;
          const ti = bi * wr - br * wi;
          re[b] = (re[a] as number) - tr;
          im[b] = (im[a] as number) - ti;
          re[a] = (re[a] as number) + tr;
          im[a] = (im[a] as number) + ti;
        }
      }
    }
  }

  #reorder(re: Float64Array, im: Float64Array): void {
    for (let i = 0; i < this.size; i++) {
      const j = this.#reversed[i] as number;
      if (j <= i) continue;
      const [r, m] = [re[i] as number, im[i] as number];
      re[i] = re[j] as number;
      im[i] = im[j] as number;
      re[j] = r;
      im[j] = m;
    }
  }
}

const transforms = new Map<number, FourierTransform>();

/** The transform of at least that many points. */
export function transformFor(length: number): FourierTransform {
  const size = 2 ** Math.max(1, Math.ceil(Math.log2(length)));
  let transform = transforms.get(size);
  if (!transform) {
    transform = new FourierTransform(size);
    transforms.set(size, transform);
  }
  return transform;
}
