import { escapeMarkup } from './escape.ts';
import type { PageCurve } from './file-page-data.ts';

export const PLOT = { width: 1000, height: 160, left: 56, right: 8, top: 8, bottom: 22 } as const;
const COLUMNS = 600;

interface Scale {
  readonly x: (timeMs: number) => number;
  readonly y: (value: number) => number;
}

/** A curve over time as SVG: the mean of each column as a line, its least and largest as a band. */
export function curvePlot(curve: PageCurve, durationMs: number): string {
  const { low, high } = rangeOf(curve);
  const inner = { width: PLOT.width - PLOT.left - PLOT.right, height: PLOT.height - PLOT.top - PLOT.bottom };
  const scale: Scale = {
    x: (timeMs) => PLOT.left + (durationMs > 0 ? timeMs / durationMs : 0) * inner.width,
    y: (value) => PLOT.top + (1 - (value - low) / (high - low)) * inner.height,
  };
  const columns = columnsOf(curve, durationMs);
  const point = (timeMs: number, value: number): string => `${scale.x(timeMs).toFixed(1)},${scale.y(value).toFixed(1)}`;
  const band = [
    ...columns.map(({ timeMs, most }) => point(timeMs, most)),
    ...columns.toReversed().map(({ timeMs, least }) => point(timeMs, least)),
  ].join(' ');
  const line = columns.map(({ timeMs, mean }) => point(timeMs, mean)).join(' ');
  const title = `${curve.name}${curve.unit ? `, ${curve.unit}` : ''}`;
  return `<figure><figcaption>${escapeMarkup(title)}</figcaption><svg viewBox="0 0 ${PLOT.width} ${PLOT.height}" role="img" aria-label="${escapeMarkup(title)} over time">
${axes(scale, low, high, durationMs)}<polygon class="band" points="${band}"/><polyline class="curve" points="${line}"/></svg></figure>`;
}

/** Ticks of time along the lower edge, in seconds or minutes. */
export function timeTicks(durationMs: number): { readonly atMs: number; readonly label: string }[] {
  const inMinutes = durationMs > 180_000;
  const unitMs = inMinutes ? 60_000 : 1000;
  return ticksOf(0, durationMs / unitMs, 8).map((at) => ({
    atMs: at * unitMs,
    label: `${Number(at.toPrecision(6))} ${inMinutes ? 'min' : 's'}`,
  }));
}

function axes({ x, y }: Scale, low: number, high: number, durationMs: number): string {
  const bottom = PLOT.height - PLOT.bottom;
  const values = ticksOf(low, high, 4).map((value) => {
    const at = y(value).toFixed(1);
    return `<line class="grid" x1="${PLOT.left}" x2="${PLOT.width - PLOT.right}" y1="${at}" y2="${at}"/><text x="${PLOT.left - 6}" y="${at}" dy="4" text-anchor="end">${Number(value.toPrecision(6))}</text>`;
  });
  const times = timeTicks(durationMs).map(
    ({ atMs, label }) => `<text x="${x(atMs).toFixed(1)}" y="${bottom + 16}" text-anchor="middle">${label}</text>`,
  );
  return [...values, ...times].join('');
}

/** Round numbers from low to high, about so many. */
function ticksOf(low: number, high: number, count: number): number[] {
  const span = high - low;
  if (!(span > 0)) return [low];
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, n) => (first + n) * step);
}

/** Least and largest with some air; never of no height. Times begin at 0, or their jitter would look like more than it is. */
function rangeOf({ values, unit }: PageCurve): { low: number; high: number } {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i] as number);
    high = Math.max(high, values[i] as number);
  }
  const air = high > low ? (high - low) * 0.06 : Math.max(Math.abs(high) * 0.02, 0.01);
  return { low: unit === 'ms' ? Math.min(0, low) : low - air, high: high + air };
}

function columnsOf(
  { timesMs, values }: PageCurve,
  durationMs: number,
): { timeMs: number; mean: number; least: number; most: number }[] {
  const columns: { sum: number; times: number; count: number; least: number; most: number }[] = [];
  for (let i = 0; i < values.length; i++) {
    const [timeMs, value] = [timesMs[i] as number, values[i] as number];
    const at = values.length <= COLUMNS ? i : Math.min(COLUMNS - 1, Math.floor((COLUMNS * timeMs) / durationMs));
    columns[at] ??= { sum: 0, times: 0, count: 0, least: value, most: value };
    const column = columns[at];
    column.sum += value;
    column.times += timeMs;
    column.count++;
    column.least = Math.min(column.least, value);
    column.most = Math.max(column.most, value);
  }
  return columns
    .filter((column) => column !== undefined)
    .map(({ sum, times, count, least, most }) => ({ timeMs: times / count, mean: sum / count, least, most }));
}
