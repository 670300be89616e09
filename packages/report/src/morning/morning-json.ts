import type { Morning } from './morning.ts';
import { firstLine, newsOf, suspectInWords } from './morning-words.ts';

/** The same for programs. */
export function morningDocument(morning: Morning): object {
  const { run, deltas, since, cells, coverage, cost, idle, findings, gate, suspect, heatMap, trends } = morning;
  return {
    version: 1,
    run: run.head.id,
    matrix: run.head.matrix,
    title: run.head.title,
    startedAt: run.head.startedAt,
    ended: run.end?.why ?? 'going-on',
    missingShards: run.head.missingShards,
    planned: cells.length,
    /** Cells that had no turn. */
    left: cells.filter(({ attempts }) => attempts.length === 0).length,
    states: Object.fromEntries(
      [...Map.groupBy(cells, ({ state }) => state)].map(([state, { length }]) => [state, length]),
    ),
    firstLine: firstLine(morning),
    news: newsOf(morning).length,
    gate,
    deltas: deltas.map((delta) => ({ ...delta, ...(since.has(delta.key) ? { since: since.get(delta.key) } : {}) })),
    ...(suspect ? { suspect: { ...suspect, said: suspectInWords(morning) } } : {}),
    coverage,
    cost,
    findings,
    idleEntries: idle,
    cells: cells.map(({ key, values, state, ratio, attempts }) => ({ key, values, state, ratio, attempts })),
    heatMap: {
      axes: heatMap.axes,
      down: heatMap.down,
      across: heatMap.across,
      spots: heatMap.spots.map((line) =>
        line.map(({ worst, passed, judged, cells: own }) => ({
          worst,
          passed,
          judged,
          cells: own.map(({ key }) => key),
        })),
      ),
    },
    trends,
  };
}
