import type { LumaPlane } from './luma-plane.ts';

/** How the numbers of `compareLuma` are made: goes into every measurement. */
export const LUMA_METHODS = {
  psnr: 'PSNR of luma as in FFmpeg psnr (peak 255), capped at 100 dB',
  ssim: 'SSIM of luma as in FFmpeg ssim: 8×8 windows, stride 4, flat weights, full resolution',
} as const;

/** PSNR of equal pictures has no number: they get this. FFmpeg prints `inf`. */
export const PSNR_CAP_DB = 100;

/** K1 = 0.01 and K2 = 0.03 for windows of 64 samples, rounded as FFmpeg does. */
const C1 = Math.floor(0.01 * 0.01 * 255 * 255 * 64 + 0.5);
const C2 = Math.floor(0.03 * 0.03 * 255 * 255 * 64 * 63 + 0.5);

/** Sums over the 4×4 blocks of one row of blocks: Σa, Σb, Σ(a²+b²), Σab. */
interface BlockRow {
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly squares: Int32Array;
  readonly products: Int32Array;
}

export interface LumaComparison {
  readonly psnrDb: number;
  readonly ssim: number;
}

/**
 * PSNR and SSIM of two planes of the same size (at least 8×8) in one pass: Σ(a−b)² = Σ(a²+b²) − 2Σab, so that SSIM's sums serve both.
 * @throws RangeError where the sizes differ or are too small.
 * @see Wang, Bovik, Sheikh, Simoncelli 2004; FFmpeg libavfilter/vf_ssim.c
 */
export function compareLuma(a: LumaPlane, b: LumaPlane): LumaComparison {
  const { width, height } = a;
  if (b.width !== width || b.height !== height || width < 8 || height < 8) {
    throw new RangeError(`cannot compare ${width}×${height} with ${b.width}×${b.height}`);
  }
  const [columns, rows] = [width >> 2, height >> 2];
  let above = blockRow(columns);
  let below = blockRow(columns);
  let squaredError = sumBlocks(a, b, 0, above);
  let similarity = 0;
  for (let row = 1; row < rows; row++) {
    squaredError += sumBlocks(a, b, row, below);
    similarity += similarityOf(above, below);
    [above, below] = [below, above];
  }
  squaredError += remainder(a, b, columns * 4, rows * 4);
  return {
    ssim: similarity / ((columns - 1) * (rows - 1)),
    psnrDb: Math.min(PSNR_CAP_DB, 10 * Math.log10((255 * 255 * width * height) / squaredError)),
  };
}

function blockRow(columns: number): BlockRow {
  const sums = (): Int32Array => new Int32Array(columns);
  return { a: sums(), b: sums(), squares: sums(), products: sums() };
}

/** Fills the sums of a row of blocks; returns its squared error. */
function sumBlocks(a: LumaPlane, b: LumaPlane, row: number, into: BlockRow): number {
  const [dataA, dataB] = [a.data, b.data];
  let error = 0;
  for (let column = 0; column < into.a.length; column++) {
    let [s1, s2, ss, s12] = [0, 0, 0, 0];
    let atA = a.offset + row * 4 * a.stride + column * 4;
    let atB = b.offset + row * 4 * b.stride + column * 4;
    for (let line = 0; line < 4; line++) {
      for (let i = 0; i < 4; i++) {
        const p = dataA[atA + i] as number;
        const q = dataB[atB + i] as number;
        s1 += p;
        s2 += q;
        ss += p * p + q * q;
        s12 += p * q;
      }
      atA += a.stride;
      atB += b.stride;
    }
    into.a[column] = s1;
    into.b[column] = s2;
    into.squares[column] = ss;
    into.products[column] = s12;
    error += ss - 2 * s12;
  }
  return error;
}

/** Sum of SSIM over the windows of 2×2 blocks that two rows of blocks make. */
function similarityOf(above: BlockRow, below: BlockRow): number {
  let sum = 0;
  const pair = (row: Int32Array, i: number): number => (row[i] as number) + (row[i + 1] as number);
  for (let i = 0; i + 1 < above.a.length; i++) {
    const s1 = pair(above.a, i) + pair(below.a, i);
    const s2 = pair(above.b, i) + pair(below.b, i);
    const ss = pair(above.squares, i) + pair(below.squares, i);
    const s12 = pair(above.products, i) + pair(below.products, i);
    const variances = ss * 64 - s1 * s1 - s2 * s2;
    const covariance = s12 * 64 - s1 * s2;
    sum += ((2 * s1 * s2 + C1) * (2 * covariance + C2)) / ((s1 * s1 + s2 * s2 + C1) * (variances + C2));
  }
  return sum;
}

/** Squared error right of `columns` and below `rows`, where no whole block fits. */
function remainder(a: LumaPlane, b: LumaPlane, columns: number, rows: number): number {
  let error = 0;
  for (let y = 0; y < a.height; y++) {
    for (let x = y < rows ? columns : 0; x < a.width; x++) {
      const difference =
        (a.data[a.offset + y * a.stride + x] as number) - (b.data[b.offset + y * b.stride + x] as number);
      error += difference * difference;
    }
  }
  return error;
}
