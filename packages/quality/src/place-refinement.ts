import { errorOf, type Grid, inGrid, momentsOf, sampleAt } from './picture-grid.ts';
import type { PictureMap } from './picture-map.ts';

const ITERATIONS = 12;
const LEAST_MOVE = 0.002;

/** Least squares for scale and offset of both axes. Never to a place that fits less. */
export function refine(grids: readonly Grid[], start: PictureMap): PictureMap {
  let map = start;
  let error = errorOf(grids, map);
  for (let n = 0; n < ITERATIONS; n++) {
    const step = solve(normalEquations(grids, map));
    if (!step) break;
    const [s, o, t, p] = step as [number, number, number, number];
    const next = {
      across: { scale: map.across.scale + s, offset: map.across.offset + o },
      down: { scale: map.down.scale + t, offset: map.down.offset + p },
    };
    const left = errorOf(grids, next);
    if (!(left < error)) break;
    map = next;
    error = left;
    const { width, height } = (grids[0] as Grid).reference;
    const moved = Math.abs(s) * width + Math.abs(o) + Math.abs(t) * height + Math.abs(p);
    if (moved < LEAST_MOVE) break;
  }
  return map;
}

interface Equations {
  readonly matrix: Float64Array;
  readonly right: Float64Array;
}

/** Of the four unknowns: the steps of scale and offset across and down, in samples as they are captured. */
function normalEquations(grids: readonly Grid[], map: PictureMap): Equations {
  const equations = { matrix: new Float64Array(16), right: new Float64Array(4) };
  for (const grid of grids) addEquations(grid, map, equations);
  return equations;
}

function addEquations(
  { step, capturedStep, every, reference, captured }: Grid,
  map: PictureMap,
  into: Equations,
): void {
  const [across, down] = [inGrid(map.across, step, capturedStep), inGrid(map.down, step, capturedStep)];
  const { n, r, c, cc, rc } = momentsOf(reference, captured, across, down, every);
  const gain = (rc - (r * c) / n) / Math.max(1e-9, cc - (c * c) / n);
  const rest = (r - gain * c) / n;
  const row = new Float64Array(4);
  for (let y = 1; y < reference.height - 1; y += every) {
    const v = down.scale * y + down.offset;
    if (v < 1 || v >= captured.height - 2) continue;
    for (let x = 1; x < reference.width - 1; x += every) {
      const u = across.scale * x + across.offset;
      if (u < 1 || u >= captured.width - 2) continue;
      const dx = (gain * (sampleAt(captured, u + 0.5, v) - sampleAt(captured, u - 0.5, v))) / capturedStep;
      const dy = (gain * (sampleAt(captured, u, v + 0.5) - sampleAt(captured, u, v - 0.5))) / capturedStep;
      const missing = (reference.data[y * reference.width + x] as number) - gain * sampleAt(captured, u, v) - rest;
      // The reference's own coordinates of this sample's middle.
      const [X, Y] = [(x + 0.5) * step - 0.5, (y + 0.5) * step - 0.5];
      row[0] = dx * X;
      row[1] = dx;
      row[2] = dy * Y;
      row[3] = dy;
      for (let i = 0; i < 4; i++) {
        into.right[i] = (into.right[i] as number) + (row[i] as number) * missing;
        for (let j = 0; j < 4; j++)
          into.matrix[i * 4 + j] = (into.matrix[i * 4 + j] as number) + (row[i] as number) * (row[j] as number);
      }
    }
  }
}

/** Gauss with pivots; undefined where the pictures have nothing to hold on to. */
function solve({ matrix, right }: Equations): number[] | undefined {
  const rows = Array.from({ length: 4 }, (_, i) => [...matrix.subarray(i * 4, i * 4 + 4), right[i] as number]);
  for (let column = 0; column < 4; column++) {
    const from = rows
      .slice(column)
      .reduce((best, row) => (Math.abs(row[column] as number) > Math.abs(best[column] as number) ? row : best));
    const scale = from[column] as number;
    if (Math.abs(scale) < 1e-9) return undefined;
    const at = rows.indexOf(from);
    [rows[column], rows[at]] = [from, rows[column] as number[]];
    for (const [i, row] of rows.entries()) {
      if (i === column) continue;
      const share = (row[column] as number) / scale;
      for (let j = column; j < 5; j++) row[j] = (row[j] as number) - share * (from[j] as number);
    }
  }
  return rows.map((row, i) => (row[4] as number) / (row[i] as number));
}
