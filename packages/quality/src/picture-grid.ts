import type { LumaPlane } from './luma-plane.ts';
import type { AxisMap, PictureMap } from './picture-map.ts';

/** A picture of the reference, and the captured one that shows it. */
export interface RegisteredPair {
  readonly reference: LumaPlane;
  readonly captured: LumaPlane;
}

/** So many samples of a grid, evenly, are enough. */
const ENOUGH = 24_000;

/** Samples of a reference on a grid, averaged, and the captured picture averaged as far. */
export interface Grid {
  /** Samples of the reference a sample of the grid. */
  readonly step: number;
  readonly reference: SmallPlane;
  readonly captured: SmallPlane;
  /** Captured samples a sample of `captured`. */
  readonly capturedStep: number;
  /** One sample in so many is looked at, either way. */
  readonly every: number;
}

export interface SmallPlane {
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
}

export function gridsOf(pairs: readonly RegisteredPair[], across: number): Grid[] {
  return pairs.map(({ reference, captured }) => {
    const step = Math.max(1, Math.floor(reference.width / across));
    const capturedStep = Math.max(1, Math.floor(captured.width / across));
    const small = averaged(reference, step);
    const every = Math.max(1, Math.round(Math.sqrt(small.data.length / ENOUGH)));
    return { step, reference: small, captured: averaged(captured, capturedStep), capturedStep, every };
  });
}

function averaged({ data, offset, stride, width, height }: LumaPlane, step: number): SmallPlane {
  const [columns, rows] = [Math.floor(width / step), Math.floor(height / step)];
  const small = new Float32Array(columns * rows);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let y = row * step; y < (row + 1) * step; y++)
        for (let x = column * step; x < (column + 1) * step; x++) sum += data[offset + y * stride + x] as number;
      small[row * columns + column] = sum / (step * step);
    }
  return { data: softened(small, columns, rows), width: columns, height: rows };
}

/** Weights 1, 2, 1 across and down, twice: places between samples must not fit better by averaging noise away. */
function softened(plane: Float32Array<ArrayBuffer>, width: number, height: number): Float32Array {
  let [from, to] = [plane, new Float32Array(plane.length)];
  for (const [step, length] of [
    [1, width],
    [width, height],
    [1, width],
    [width, height],
  ] as const) {
    for (let i = 0; i < from.length; i++) {
      const at = step === 1 ? i % width : Math.floor(i / width);
      const before = from[at > 0 ? i - step : i] as number;
      const after = from[at < length - 1 ? i + step : i] as number;
      to[i] = (before + 2 * (from[i] as number) + after) / 4;
    }
    [from, to] = [to, from];
  }
  return from;
}

/** The map from grid to grid. */
export function inGrid({ scale, offset }: AxisMap, step: number, capturedStep: number): AxisMap {
  // The middle of sample n of a grid is at (n + ½)·step − ½.
  return {
    scale: (scale * step) / capturedStep,
    offset: (scale * (0.5 * step - 0.5) + offset + 0.5) / capturedStep - 0.5,
  };
}

/** At least so much of the reference must be in the capture for a place to be one. */
const LEAST_SEEN = 0.3;

/** Mean squared difference over what both show, gain and offset taken out; with `unit` 1 as a share of the reference's variance there. */
export function errorOf(grids: readonly Grid[], map: PictureMap, unit?: 1): number {
  let [error, count] = [0, 0];
  for (const { step, capturedStep, every, reference, captured } of grids) {
    const [across, down] = [inGrid(map.across, step, capturedStep), inGrid(map.down, step, capturedStep)];
    const { n, r, c, rr, cc, rc } = momentsOf(reference, captured, across, down, every);
    if (n * every ** 2 < LEAST_SEEN * reference.data.length) return Number.POSITIVE_INFINITY;
    const [vr, vc, cov] = [rr / n - (r / n) ** 2, cc / n - (c / n) ** 2, rc / n - (r * c) / n ** 2];
    // Where a picture is inverted nothing is alike.
    const left = 1 - (vr > 0 && vc > 0 && cov > 0 ? cov ** 2 / (vc * vr) : 0);
    error += left * (unit ?? Math.max(vr, 1e-6));
    count++;
  }
  return count === 0 ? Number.POSITIVE_INFINITY : error / count;
}

export function varianceOf(grids: readonly Grid[]): number {
  let sum = 0;
  for (const { reference } of grids) {
    const mean = reference.data.reduce((total, value) => total + value, 0) / reference.data.length;
    sum += reference.data.reduce((total, value) => total + (value - mean) ** 2, 0) / reference.data.length;
  }
  return sum / grids.length;
}

interface Moments {
  readonly n: number;
  readonly r: number;
  readonly c: number;
  readonly rr: number;
  readonly cc: number;
  readonly rc: number;
}

export function momentsOf(
  reference: SmallPlane,
  captured: SmallPlane,
  across: AxisMap,
  down: AxisMap,
  every: number,
): Moments {
  let [n, r, c, rr, cc, rc] = [0, 0, 0, 0, 0, 0];
  for (let row = 0; row < reference.height; row += every) {
    const y = down.scale * row + down.offset;
    if (y < 0 || y >= captured.height - 1) continue;
    for (let column = 0; column < reference.width; column += every) {
      const x = across.scale * column + across.offset;
      if (x < 0 || x >= captured.width - 1) continue;
      const [sent, got] = [reference.data[row * reference.width + column] as number, sampleAt(captured, x, y)];
      n++;
      r += sent;
      c += got;
      rr += sent * sent;
      cc += got * got;
      rc += sent * got;
    }
  }
  return { n, r, c, rr, cc, rc };
}

export function sampleAt({ data, width }: SmallPlane, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [fx, fy] = [x - left, y - top];
  const at = top * width + left;
  const above = (data[at] as number) * (1 - fx) + (data[at + 1] as number) * fx;
  const below = (data[at + width] as number) * (1 - fx) + (data[at + width + 1] as number) * fx;
  return above * (1 - fy) + below * fy;
}
