import type { VideoFrame } from '@plugfest/model';
import type { PictureMap } from './picture-map.ts';

/** How values of a picture that went wrong come of those that were right: y' = row · (y, u, v) + offset, u and v without their 128. */
interface Hypothesis {
  readonly range: RangeMismatch | 'none';
  readonly matrix: MatrixMismatch | 'none';
  readonly rows: readonly (readonly [y: number, u: number, v: number, offset: number])[];
}

/** The capture's values are those of the other range. */
export type RangeMismatch = 'full for limited' | 'limited for full';
/** The capture's values were made with the one matrix, the reference's with the other. */
export type MatrixMismatch = 'BT.709 for BT.601' | 'BT.601 for BT.709';

export interface ColourMismatch {
  readonly range: RangeMismatch | 'none';
  readonly matrix: MatrixMismatch | 'none';
  /** Root mean square difference of all three planes that is left by what was found, and by none. */
  readonly error: number;
  readonly plainError: number;
}

/** Weights of red and blue in luma. @see ITU-R BT.601-7 §2.5.1, BT.709-6 §3.2 */
const LUMA_WEIGHTS = { 'BT.601': { red: 0.299, blue: 0.114 }, 'BT.709': { red: 0.2126, blue: 0.0722 } } as const;
type Matrix = keyof typeof LUMA_WEIGHTS;

/** Every so many chroma samples are looked at, either way. */
const STEP = 3;
/** Another explanation must leave so much less. */
const CLEARLY_LESS = 0.6;
/** Steps; differences of less are coding. */
const LEAST_ERROR = 1.5;

type Row = [y: number, u: number, v: number, offset: number];

function hypotheses(): Hypothesis[] {
  const ranges: [RangeMismatch | 'none', number, number, number][] = [
    ['none', 1, 0, 1],
    ['full for limited', 255 / 219, -16 * (255 / 219), 255 / 224],
    ['limited for full', 219 / 255, 16, 224 / 255],
  ];
  const matrices: [MatrixMismatch | 'none', number[][]][] = [
    ['none', conversion('BT.601', 'BT.601')],
    ['BT.709 for BT.601', conversion('BT.601', 'BT.709')],
    ['BT.601 for BT.709', conversion('BT.709', 'BT.601')],
  ];
  return ranges.flatMap(([range, gain, offset, chromaGain]) =>
    matrices.map(
      ([matrix, rows]): Hypothesis => ({
        range,
        matrix,
        rows: rows.map((row, n) => {
          const by = n === 0 ? gain : chromaGain;
          return [...row.map((weight) => weight * by), n === 0 ? offset : 0] as Row;
        }),
      }),
    ),
  );
}

/** Limited range: luma in 219 steps, chroma in 224 for twice the span of what is left of blue and red. */
function conversion(from: Matrix, to: Matrix): number[][] {
  const [a, b] = [LUMA_WEIGHTS[from], LUMA_WEIGHTS[to]];
  const [ra, ba] = [2 * (1 - a.red), 2 * (1 - a.blue)];
  const [rb, bb] = [2 * (1 - b.red), 2 * (1 - b.blue)];
  const [greenA, greenB] = [1 - a.red - a.blue, 1 - b.red - b.blue];
  // In E'Y, E'Cb, E'Cr: red = y + ra·v, blue = y + ba·u, green from the rest.
  const red = [1, 0, ra];
  const blue = [1, ba, 0];
  const green = [1, (-a.blue * ba) / greenA, (-a.red * ra) / greenA];
  const luma = [0, 1, 2].map(
    (i) => b.red * (red[i] as number) + greenB * (green[i] as number) + b.blue * (blue[i] as number),
  );
  const cb = luma.map((weight, i) => ((blue[i] as number) - weight) / bb);
  const cr = luma.map((weight, i) => ((red[i] as number) - weight) / rb);
  const [span, chroma] = [219, 224];
  const scaled = (row: number[], by: number): number[] =>
    row.map((weight, i) => (weight * by) / (i === 0 ? span : chroma));
  // Offsets of luma (16) are the caller's: a matrix passes them through, as its first column adds up to one in luma and to none in chroma.
  return [scaled(luma, span), scaled(cb, chroma), scaled(cr, chroma)];
}

const HYPOTHESES = hypotheses();

/** Sums up, for pairs of pictures that show the same, how well each explanation of other colours fits. */
export class ColourWitness {
  readonly #errors = HYPOTHESES.map(() => 0);
  #samples = 0;

  /** `map`: where the captured picture shows the reference. */
  push(reference: VideoFrame, captured: VideoFrame, { across, down }: PictureMap): void {
    const [sent, got] = [planesOf(reference), planesOf(captured)];
    for (let row = 1; row < sent.height - 1; row += STEP)
      for (let column = 1; column < sent.width - 1; column += STEP) {
        const x = Math.round((across.scale * (2 * column + 0.5) + across.offset - 0.5) / 2);
        const y = Math.round((down.scale * (2 * row + 0.5) + down.offset - 0.5) / 2);
        if (x < 0 || y < 0 || x >= got.width || y >= got.height) continue;
        this.#compare(sent.at(column, row), got.at(x, y));
      }
  }

  #compare([y, u, v]: Sample, got: Sample): void {
    // Clipped values say nothing of a range.
    if (got[0] <= 1 || got[0] >= 254) return;
    this.#samples++;
    for (const [n, { rows }] of HYPOTHESES.entries()) {
      for (const [i, row] of rows.entries()) {
        const expected = row[0] * (i === 0 ? y : y - 16) + row[1] * u + row[2] * v + row[3];
        this.#errors[n] = (this.#errors[n] as number) + (expected - (got[i] as number)) ** 2;
      }
    }
  }

  /** What explains the captured colours by far better than that they are right; undefined where nothing does. */
  mismatch(): ColourMismatch | undefined {
    const rms = (sum: number): number => Math.sqrt(sum / (3 * this.#samples));
    const plainError = rms(this.#errors[0] as number);
    const least = this.#errors.indexOf(Math.min(...this.#errors));
    const error = rms(this.#errors[least] as number);
    const { range, matrix } = HYPOTHESES[least] as Hypothesis;
    if (this.#samples === 0 || plainError < LEAST_ERROR || error > CLEARLY_LESS * plainError) return undefined;
    return { range, matrix, error, plainError };
  }
}

/** Luma, and chroma without its 128. */
type Sample = readonly [y: number, u: number, v: number];

/** On the grid of chroma; luma is the mean of the four around. */
function planesOf({ data, width, height }: VideoFrame) {
  const [columns, rows] = [(width + 1) >> 1, (height + 1) >> 1];
  const [u, v] = [width * height, width * height + columns * rows];
  const at = (x: number, y: number): Sample => {
    const luma = 2 * y * width + 2 * x;
    const [right, below] = [2 * x + 1 < width ? 1 : 0, 2 * y + 1 < height ? width : 0];
    const four = [luma, luma + right, luma + below, luma + right + below].map((i) => data[i] as number);
    return [
      four.reduce((sum, value) => sum + value, 0) / 4,
      (data[u + y * columns + x] as number) - 128,
      (data[v + y * columns + x] as number) - 128,
    ];
  };
  return { width: columns, height: rows, at };
}
