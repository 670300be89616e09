import type { LumaStack } from './luma-stack.ts';

/** How the number is made: goes into every measurement. */
export const XPSNR_METHOD =
  'xpsnr (FFmpeg xpsnr filter, luma, square-mean-root over the frames, motion by first differences below 32 frames/s, cap 100 dB)';

/** Pictures with more samples are weighed at half resolution. */
const COARSE_ABOVE = 2048 * 1152;
/** Pictures with no more samples have their weights smoothed. */
const SMOOTH_UP_TO = 640 * 480;
const SECOND_DIFFERENCES_FROM = 32;
const UHD_SAMPLES = 3840 * 2160;
/** Activity below this is taken for this. */
const LEAST_ACTIVITY = 4;

/**
 * Weighted squared error of pictures that follow each other, as FFmpeg's filter computes it.
 * @see Helmrich et al. 2020, XPSNR: A low-complexity extension of the perceptually weighted peak signal-to-noise ratio
 */
export class Xpsnr {
  readonly #stack: LumaStack;
  readonly #isCoarse: boolean;
  readonly #takesSecondDifferences: boolean;
  readonly #blockSize: number;
  readonly #columns: number;
  readonly #blockCount: number;
  readonly #averageActivity: number;
  readonly #out: number;

  constructor(stack: LumaStack, frameRate: number) {
    const { width, height } = stack;
    const ratio = (width * height) / UHD_SAMPLES;
    this.#stack = stack;
    this.#isCoarse = width * height > COARSE_ABOVE;
    this.#takesSecondDifferences = Math.floor(frameRate) >= SECOND_DIFFERENCES_FROM;
    this.#blockSize = 4 * Math.floor(32 * Math.sqrt(ratio) + 0.5);
    this.#columns = Math.ceil(width / this.#blockSize);
    this.#blockCount = this.#blockSize === 0 ? 0 : this.#columns * Math.ceil(height / this.#blockSize);
    this.#averageActivity = Math.sqrt((16 * 128) / Math.sqrt(Math.max(0.00001, ratio)));
    this.#out = stack.memory.allocate(this.#blockCount * 16);
  }

  /** Root of the weighted squared error of plane `captured` against `reference`, a sample; those before hold the two earlier references (or zeros). */
  rootError(reference: number, captured: number, before: number, earlier: number): number {
    const { memory, width, height } = this.#stack;
    const samples = width * height;
    // Too small for blocks: PSNR.
    if (this.#blockCount === 0) return Math.sqrt(this.#stack.compare(reference, captured).squaredError / samples);
    const planes = [reference, captured, before, earlier].map((plane) => this.#stack.address(plane));
    const flags = [this.#isCoarse, this.#takesSecondDifferences].map(Number);
    memory.kernels.weighBlocks(...planes, width, height, this.#blockSize, ...flags, this.#out);
    const blocks = memory.doubles(this.#out, this.#blockCount * 2);
    const weights = this.#weights(blocks);
    let error = 0;
    for (const [i, weight] of weights.entries()) error += (blocks[2 * i] as number) * weight;
    return Math.sqrt(Math.floor(error * this.#averageActivity + 0.5) / samples);
  }

  #weights(blocks: Float64Array): Float64Array {
    const weights = new Float64Array(this.#blockCount);
    for (let i = 0; i < weights.length; i++) {
      const activity = blocks[2 * i + 1] as number;
      weights[i] = Number.isNaN(activity) ? 1 : 1 / Math.max(LEAST_ACTIVITY, activity);
      if (this.#stack.width * this.#stack.height <= SMOOTH_UP_TO) this.#smooth(weights, i);
    }
    return weights;
  }

  /** No block weighs more than the heaviest of its neighbours that are done. The last block of all is held against those left of and above it. */
  #smooth(weights: Float64Array, i: number): void {
    const columns = this.#columns;
    const at = (index: number): number => weights[index] as number;
    let limit: number;
    if (i % columns === 0) limit = i > 1 ? at(i - 2) : 0;
    else limit = i % columns > 1 ? Math.max(at(i - 2), at(i)) : at(i);
    if (i > columns) limit = Math.max(limit, at(i - 1 - columns));
    if (i > 0) weights[i - 1] = Math.min(at(i - 1), limit);
    if (i === weights.length - 1 && i > columns) weights[i] = Math.min(at(i), Math.max(at(i - 1), at(i - columns)));
  }
}
