import type { LumaPlane } from '../luma-plane.ts';
import { KernelMemory } from './kernel-memory.ts';

/** Some luma planes of one size in the memory of the kernels, by their number: one is held against another or the one before. */
export class LumaStack {
  readonly width: number;
  readonly height: number;
  readonly memory = new KernelMemory();
  readonly #planes: readonly number[];
  readonly #scratch: number;
  readonly #counts: number;
  readonly #out: number;

  constructor({ width, height }: Pick<LumaPlane, 'width' | 'height'>, planes: number) {
    this.width = width;
    this.height = height;
    this.#planes = Array.from({ length: planes }, () => this.memory.allocate(width * height));
    this.#scratch = this.memory.allocate(8 * (width + 64));
    this.#counts = this.memory.allocate(256 * 4);
    this.#out = this.memory.allocate(3 * 8);
  }

  hasSizeOf({ width, height }: Pick<LumaPlane, 'width' | 'height'>): boolean {
    return width === this.width && height === this.height;
  }

  address(plane: number): number {
    return this.#planes[plane] as number;
  }

  /** Copies a picture of the right size in. */
  load(plane: number, { data, offset, stride, width, height }: LumaPlane): void {
    const to = this.memory.bytes(this.address(plane), width * height);
    if (stride === width) to.set(data.subarray(offset, offset + width * height));
    else
      for (let y = 0; y < height; y++)
        to.set(data.subarray(offset + y * stride, offset + y * stride + width), y * width);
  }

  /** PSNR's sum, and SSIM. At least 8×8. */
  compare(a: number, b: number): { readonly squaredError: number; readonly ssim: number } {
    const { width, height, memory } = this;
    memory.kernels.compare(this.address(a), this.address(b), width, height, this.#scratch, this.#out);
    const [squaredError, ssim] = memory.doubles(this.#out, 2);
    return { squaredError: squaredError as number, ssim: ssim as number };
  }

  /** Spatial information: deviation of the length of the Sobel gradient, the outermost samples left out. At least 3×3. @see ITU-T P.910 §7.7 */
  spatialInformation(plane: number): number {
    const { width, height, memory } = this;
    memory.kernels.sobel(this.address(plane), width, height, this.#out);
    return deviation(memory.doubles(this.#out, 2), (width - 2) * (height - 2));
  }

  /** Temporal information (@see ITU-T P.910 §7.8), and the largest mean absolute difference of a 16×16 block. */
  change(now: number, before: number): { readonly temporalInformation: number; readonly largestBlock: number } {
    const { width, height, memory } = this;
    memory.kernels.difference(this.address(now), this.address(before), width, height, this.#out);
    const out = memory.doubles(this.#out, 3);
    return { temporalInformation: deviation(out, width * height), largestBlock: out[2] as number };
  }

  /** How often each luma value occurs in every `step`-th row. A view, good until the next call. */
  histogram(plane: number, step: number): Uint32Array {
    const counts = this.memory.counts(this.#counts, 256).fill(0);
    this.memory.kernels.histogram(this.address(plane), this.width, this.height, step, this.#counts);
    return counts;
  }
}

/** The population's standard deviation by its sums. */
function deviation([sum, squares]: Float64Array, count: number): number {
  return Math.sqrt(Math.max(0, (squares as number) / count - ((sum as number) / count) ** 2));
}
