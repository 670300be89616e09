/** A complex FFT of one power-of-two length, in place, with its tables kept. Decimation in time, two radix-2 stages at a pass. */
export class FourierTransform {
  readonly size: number;
  readonly #reversed: Uint32Array;
  /** e^(−2πik/4h) for k < h, for each pass over blocks of 4h. */
  readonly #twiddles: { readonly half: number; readonly cos: Float64Array; readonly sin: Float64Array }[] = [];
  readonly #isOdd: boolean;

  constructor(size: number) {
    if (size < 2 || (size & (size - 1)) !== 0) throw new RangeError(`${size} is no power of two`);
    this.size = size;
    this.#reversed = new Uint32Array(size);
    for (let i = 1; i < size; i++) {
      this.#reversed[i] = ((this.#reversed[i >> 1] as number) >> 1) | ((i & 1) * (size >> 1));
    }
    this.#isOdd = Math.log2(size) % 2 === 1;
    for (let half = this.#isOdd ? 2 : 1; half < size; half *= 4) {
      const angle = (k: number): number => (-2 * Math.PI * k) / (4 * half);
      this.#twiddles.push({
        half,
        cos: Float64Array.from({ length: half }, (_, k) => Math.cos(angle(k))),
        sin: Float64Array.from({ length: half }, (_, k) => Math.sin(angle(k))),
      });
    }
  }

  /** X[k] = Σ x[n]·e^(−2πikn/size). */
  forward(re: Float64Array, im: Float64Array): void {
    this.#reorder(re);
    this.#reorder(im);
    if (this.#isOdd) firstStage(re, im);
    for (const { half, cos, sin } of this.#twiddles) twoStages(re, im, half, cos, sin);
  }

  /** The inverse, divided by the size. */
  inverse(re: Float64Array, im: Float64Array): void {
    this.forward(im, re);
    const scale = 1 / this.size;
    for (let i = 0; i < this.size; i++) {
      re[i] = (re[i] as number) * scale;
      im[i] = (im[i] as number) * scale;
    }
  }

  #reorder(values: Float64Array): void {
    for (let i = 0; i < this.size; i++) {
      const j = this.#reversed[i] as number;
      if (j <= i) continue;
      const kept = values[i] as number;
      values[i] = values[j] as number;
      values[j] = kept;
    }
  }
}

function firstStage(re: Float64Array, im: Float64Array): void {
  for (let a = 0; a < re.length; a += 2) {
    const br = re[a + 1] as number;
    const bi = im[a + 1] as number;
    re[a + 1] = (re[a] as number) - br;
    im[a + 1] = (im[a] as number) - bi;
    re[a] = (re[a] as number) + br;
    im[a] = (im[a] as number) + bi;
  }
}

/** The radix-2 stages of half lengths `half` and `2·half` in one pass; the first one's twiddles are the squares of the second's. */
function twoStages(re: Float64Array, im: Float64Array, half: number, cos: Float64Array, sin: Float64Array): void {
  for (let start = 0; start < re.length; start += 4 * half) {
    for (let k = 0; k < half; k++) {
      const a = start + k;
      const b = a + half;
      const c = b + half;
      const d = c + half;
      const w2r = cos[k] as number;
      const w2i = sin[k] as number;
      const w1r = w2r * w2r - w2i * w2i;
      const w1i = 2 * w2r * w2i;
      const tbr = (re[b] as number) * w1r - (im[b] as number) * w1i;
      const tbi = (re[b] as number) * w1i + (im[b] as number) * w1r;
      const tdr = (re[d] as number) * w1r - (im[d] as number) * w1i;
      const tdi = (re[d] as number) * w1i + (im[d] as number) * w1r;
      const ar = (re[a] as number) + tbr;
      const ai = (im[a] as number) + tbi;
      const br = (re[a] as number) - tbr;
      const bi = (im[a] as number) - tbi;
      const cr = (re[c] as number) + tdr;
      const ci = (im[c] as number) + tdi;
      const dr = (re[c] as number) - tdr;
      const di = (im[c] as number) - tdi;
      const ur = cr * w2r - ci * w2i;
      const ui = cr * w2i + ci * w2r;
      // d's twiddle is w2 turned by −90°.
      const vr = dr * w2i + di * w2r;
      const vi = di * w2i - dr * w2r;
      re[a] = ar + ur;
      im[a] = ai + ui;
      re[c] = ar - ur;
      im[c] = ai - ui;
      re[b] = br + vr;
      im[b] = bi + vi;
      re[d] = br - vr;
      im[d] = bi - vi;
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
