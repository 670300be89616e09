import { type CellTrend, flakiest, ratioInWords, slowest } from '@plugfest/history';
import { escapeMarkup } from '../escape.ts';
import type { Morning } from './morning.ts';
import { cellInWords, timeInWords } from './morning-words.ts';

const MOST = 10;

/** Over the runs: what changes its mind, what takes longest, and how each cell's quality went. */
export function renderTrends(morning: Morning): string {
  const { trends, runs } = morning;
  const name = (values: CellTrend['values']): string => escapeMarkup(cellInWords(morning, values));
  const first = runs[0]?.head.startedAt.slice(0, 10) ?? '';
  const flaky = flakiest(trends, MOST).map(
    (trend) =>
      `<tr><td>${name(trend.values)}</td><td>${strip(trend)}</td><td class="n">${ratioInWords(trend.ratio)}</td><td class="n">${trend.flips}</td></tr>`,
  );
  const slow = slowest(trends, MOST).map(
    ({ values, durationMs = 0 }) => `<tr><td>${name(values)}</td><td class="n">${timeInWords(durationMs)}</td></tr>`,
  );
  return `<h2>Flakiest</h2>${flaky.length > 0 ? `<table><tr><th>cell</th><th>runs</th><th>passed</th><th>changes</th></tr>${flaky.join('\n')}</table>` : '<p>No cell both passed and failed.</p>'}
<h2>Slowest</h2><table><tr><th>cell</th><th>median</th></tr>${slow.join('\n')}</table>
<h2>Quality over ${runs.length} run${runs.length === 1 ? '' : 's'}${first ? ` since ${escapeMarkup(first)}` : ''}</h2>
<div class="scroll"><table><tr><th>cell</th><th>runs</th><th>worst of any participant, the latest value last</th></tr>${trends.map((trend) => qualityRow(trend, name(trend.values))).join('\n')}</table></div>`;
}

function strip({ states }: CellTrend): string {
  return `<span class="strip">${states.map((state) => `<i class="${state ?? 'none'}" title="${state ?? 'not planned'}"></i>`).join('')}</span>`;
}

/** `name` is markup already. */
function qualityRow(trend: CellTrend, name: string): string {
  const measures = Object.entries(trend.quality).map(([measure, { unit, values }]) => {
    const latest = values.findLast((value) => value !== undefined);
    const said = `${measure} ${latest === undefined ? '' : shortNumber(latest)}${unit === '1' ? '' : ` ${unit}`}`;
    return `${sparkline(values)}${escapeMarkup(said)}`;
  });
  return `<tr><td>${name}</td><td>${strip(trend)}</td><td>${measures.join(' &ensp; ')}</td></tr>`;
}

const shortNumber = (value: number): string => String(Number(value.toPrecision(4)));

const WIDTH = 60;
const HEIGHT = 16;

/** A line through the runs' values, the lowest at the bottom; a run without one is a gap. */
function sparkline(values: readonly (number | undefined)[]): string {
  const known = values.filter((value) => value !== undefined);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const points = values.map((value, index) => {
    if (value === undefined) return undefined;
    const x = values.length === 1 ? WIDTH / 2 : (index / (values.length - 1)) * WIDTH;
    const y = high === low ? HEIGHT / 2 : HEIGHT - 2 - ((value - low) / (high - low)) * (HEIGHT - 4);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  const path = points
    .map((point, index) => (point === undefined ? '' : `${points[index - 1] === undefined ? 'M' : 'L'}${point}`))
    .join('');
  const last = points.findLast((point) => point !== undefined)?.split(',');
  const dot = last ? `<circle cx="${last[0]}" cy="${last[1]}" r="2" fill="currentColor"/>` : '';
  return `<svg class="spark" width="${WIDTH + 4}" height="${HEIGHT}" viewBox="-2 0 ${WIDTH + 4} ${HEIGHT}" aria-hidden="true"><path d="${path}" fill="none" stroke="currentColor" stroke-width="1.4"/>${dot}</svg>`;
}
