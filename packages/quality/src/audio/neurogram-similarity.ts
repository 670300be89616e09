import type { Spectrogram } from './gammatone-spectrogram.ts';

/** A Gaussian of 3×3 with σ = 0.5, as the corner, edge and centre weights. */
const CORNER = 0.0113033910173052;
const EDGE = 0.0838251475442633;
const CENTRE = 0.619485845753726;
/** The constants keep quiet cells from dividing by nothing: (0.01·L)² and (0.03·L)²/2 with L = 1. */
const INTENSITY_CONSTANT = 0.01 ** 2;
const STRUCTURE_CONSTANT = 0.03 ** 2 / 2;

/** A stretch of a spectrogram with what comparing it needs: smoothed cells and their variance. */
export interface Patch {
  readonly frames: number;
  readonly bands: number;
  readonly cells: Float64Array;
  readonly means: Float64Array;
  readonly variances: Float64Array;
}

/** `frames` frames from `first` on; beyond the end there is silence. */
export function patchOf({ bands, frames: available, cells }: Spectrogram, first: number, frames: number): Patch {
  const part = new Float64Array(frames * bands);
  part.set(cells.subarray(first * bands, Math.min(available, first + frames) * bands));
  const means = new Float64Array(part.length);
  const variances = new Float64Array(part.length);
  const padded = new Float64Array((frames + 2) * (bands + 2));
  smooth(part, part, frames, bands, variances, padded);
  smooth(part, undefined, frames, bands, means, padded);
  for (let i = 0; i < variances.length; i++) variances[i] = (variances[i] as number) - (means[i] as number) ** 2;
  return { frames, bands, cells: part, means, variances };
}

/** Compares patches of one size, its memory kept between them. */
export class NeurogramComparison {
  readonly #products: Float64Array;
  readonly #padded: Float64Array;

  constructor(frames: number, bands: number) {
    this.#products = new Float64Array(frames * bands);
    this.#padded = new Float64Array((frames + 2) * (bands + 2));
  }

  /** NSIM: the mean over all cells of intensity · structure, 1 for equal patches. @see Hines and Harte 2012, Speech intelligibility prediction using a neurogram similarity index measure */
  similarity(reference: Patch, degraded: Patch): number {
    const products = this.#products;
    smooth(reference.cells, degraded.cells, reference.frames, reference.bands, products, this.#padded);
    let sum = 0;
    for (let i = 0; i < products.length; i++) {
      const r = reference.means[i] as number;
      const d = degraded.means[i] as number;
      const both = r * d;
      const spread = (reference.variances[i] as number) * (degraded.variances[i] as number);
      // Rounding makes the variance of a silent patch negative.
      const deviation = spread < 0 ? 0 : Math.sqrt(spread);
      sum +=
        ((2 * both + INTENSITY_CONSTANT) * ((products[i] as number) - both + STRUCTURE_CONSTANT)) /
        ((r * r + d * d + INTENSITY_CONSTANT) * (deviation + STRUCTURE_CONSTANT));
    }
    return sum / products.length;
  }
}

/** The 3×3 Gaussian over first·second, the border repeated. */
function smooth(
  first: Float64Array,
  second: Float64Array | undefined,
  frames: number,
  bands: number,
  out: Float64Array,
  padded: Float64Array,
): void {
  const stride = bands + 2;
  for (let frame = 0; frame < frames; frame++) {
    const from = frame * bands;
    const to = (frame + 1) * stride + 1;
    for (let band = 0; band < bands; band++) {
      const cell = first[from + band] as number;
      padded[to + band] = second ? cell * (second[from + band] as number) : cell;
    }
    padded[to - 1] = padded[to] as number;
    padded[to + bands] = padded[to + bands - 1] as number;
  }
  padded.copyWithin(0, stride, 2 * stride);
  padded.copyWithin((frames + 1) * stride, frames * stride, (frames + 1) * stride);
  for (let frame = 0; frame < frames; frame++) {
    for (let band = 0, at = (frame + 1) * stride + 1; band < bands; band++, at++) {
      const [above, below] = [at - stride, at + stride];
      out[frame * bands + band] =
        CENTRE * (padded[at] as number) +
        EDGE *
          ((padded[at - 1] as number) +
            (padded[at + 1] as number) +
            (padded[above] as number) +
            (padded[below] as number)) +
        CORNER *
          ((padded[above - 1] as number) +
            (padded[above + 1] as number) +
            (padded[below - 1] as number) +
            (padded[below + 1] as number));
    }
  }
}
