import type { LumaStack } from './luma-stack.ts';

export const MS_SSIM_METHOD =
  'ms-ssim (Wang et al. 2003: 5 scales, Gaussian windows of 11×11 with σ 1.5, luma, mean of the frames; libvmaf float_ms_ssim rounds the window and differs by up to 0.0001)';
export const VIF_METHOD =
  'vif (pixel domain, Σ numerators / Σ denominators of scales 0-3, as libvmaf vif, not as FFmpeg vif, luma, mean of the frames)';

/** Of MS-SSIM's scales, finest first. Luminance counts at the coarsest alone. @see Wang, Simoncelli, Bovik 2003 §4 */
const SCALE_WEIGHTS = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333] as const;
/** Low-pass of the biorthogonal 9/7 wavelet. */
const LOW_PASS = [0.026727, -0.016828, -0.078201, 0.266846, 0.602914, 0.266846, -0.078201, -0.016828, 0.026727];
/** VIF's windows: 2^(4 − scale) + 1 samples, σ a fifth of that. @see Sheikh, Bovik 2006 */
const VIF_WINDOWS = [17, 9, 5, 3].map((length) => gaussian(length, length / 5));
const STRUCTURE_WINDOW = gaussian(11, 1.5);
/** VIF's planes are centred, so that small variances survive 32 bits. */
const VIF_OFFSET = -128;

/** Room left and right of a row, in the kernels. */
const ROW_PADDING_BYTES = 192;

/** Two float planes of one scale. */
interface Level {
  readonly width: number;
  readonly height: number;
  readonly a: number;
  readonly b: number;
}

interface Window {
  readonly address: number;
  readonly count: number;
}

/** Metrics over several scales of two planes of a stack. The room for them is taken when it is made. */
export class StructuralPyramid {
  readonly #stack: LumaStack;
  readonly #levels: readonly Level[];
  readonly #rows: number;
  readonly #rowBytes: number;
  readonly #out: number;
  readonly #lowPass: Window;
  readonly #structureWindow: Window;
  readonly #vifWindows: readonly Window[];

  constructor(stack: LumaStack) {
    this.#stack = stack;
    const { memory, width, height } = stack;
    const levels: Level[] = [];
    for (let [w, h] = [width, height]; levels.length < SCALE_WEIGHTS.length; [w, h] = [(w + 1) >> 1, (h + 1) >> 1]) {
      levels.push({ width: w, height: h, a: memory.allocate(w * h * 4), b: memory.allocate(w * h * 4) });
    }
    this.#levels = levels;
    this.#rowBytes = Math.ceil((width * 4) / 16) * 16 + ROW_PADDING_BYTES;
    this.#rows = memory.allocate(5 * this.#rowBytes);
    this.#out = memory.allocate(3 * 8);
    const window = (taps: readonly number[]): Window => {
      const address = memory.allocate(taps.length * 4);
      memory.floats(address, taps.length).set(taps);
      return { address, count: taps.length };
    };
    this.#lowPass = window(LOW_PASS);
    this.#structureWindow = window(STRUCTURE_WINDOW);
    this.#vifWindows = VIF_WINDOWS.map(window);
  }

  /** Samples that a picture needs either way for the windows of all scales. */
  static readonly LEAST_SIZE = STRUCTURE_WINDOW.length << (SCALE_WEIGHTS.length - 1);

  static fits({ width, height }: { readonly width: number; readonly height: number }): boolean {
    return Math.min(width, height) >= StructuralPyramid.LEAST_SIZE;
  }

  /** Multi-scale structural similarity, 1 for equal planes. */
  msSsim(a: number, b: number): number {
    this.#load(a, b, 0);
    let product = 1;
    let level = this.#levels[0] as Level;
    for (const [scale, weight] of SCALE_WEIGHTS.entries()) {
      if (scale > 0) level = this.#halve(level, this.#levels[scale] as Level, this.#lowPass, true);
      const [luminance, contrast, structure] = this.#measure('structure', level, this.#structureWindow, 3);
      // Structure may be negative; a power of it has no meaning.
      product *= ((contrast as number) * Math.max(0, structure as number)) ** weight;
      if (scale === SCALE_WEIGHTS.length - 1) product *= (luminance as number) ** weight;
    }
    return product;
  }

  /** Visual information fidelity, 1 for equal planes; above 1 where contrast was added. */
  vif(a: number, b: number): number {
    this.#load(a, b, VIF_OFFSET);
    let [numerator, denominator] = [0, 0];
    let level = this.#levels[0] as Level;
    for (const [scale, window] of this.#vifWindows.entries()) {
      if (scale > 0) {
        const { a: intoA, b: intoB } = this.#levels[scale] as Level;
        const smaller = { a: intoA, b: intoB, width: level.width >> 1, height: level.height >> 1 };
        level = this.#halve(level, smaller, window, false);
      }
      const [part, whole] = this.#measure('visualInformation', level, window, 2);
      numerator += part as number;
      denominator += whole as number;
    }
    return denominator === 0 ? 1 : numerator / denominator;
  }

  #load(a: number, b: number, offset: number): void {
    const { memory, width, height } = this.#stack;
    const level = this.#levels[0] as Level;
    memory.kernels.toFloat(this.#stack.address(a), width * height, offset, level.a);
    memory.kernels.toFloat(this.#stack.address(b), width * height, offset, level.b);
  }

  #halve(from: Level, into: Level, { address, count }: Window, repeatsEdge: boolean): Level {
    const { halve } = this.#stack.memory.kernels;
    for (const plane of ['a', 'b'] as const) {
      const size = [from.width, from.height] as const;
      halve(
        from[plane],
        ...size,
        address,
        count,
        Number(repeatsEdge),
        this.#rows,
        into[plane],
        into.width,
        into.height,
      );
    }
    return into;
  }

  #measure(kernel: 'structure' | 'visualInformation', level: Level, window: Window, results: number): Float64Array {
    const { memory } = this.#stack;
    const { a, b, width, height } = level;
    memory.kernels[kernel](a, b, width, height, window.address, window.count, this.#rows, this.#rowBytes, this.#out);
    return memory.doubles(this.#out, results).slice();
  }
}

function gaussian(length: number, sigma: number): number[] {
  const taps = Array.from({ length }, (_, i) => Math.exp(-((i - (length - 1) / 2) ** 2) / (2 * sigma ** 2)));
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}
