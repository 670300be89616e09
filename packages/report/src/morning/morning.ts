import {
  type CellTrend,
  type Cost,
  costOf,
  type Delta,
  deltasOf,
  type Gate,
  gateOpinion,
  type HeatMap,
  heatMapOf,
  idleEntries,
  type KnownFailure,
  type KnownFailures,
  type MatrixRun,
  type Opinion,
  type RolledCell,
  type RunCoverage,
  rollUp,
  runCoverage,
  type Since,
  type Suspect,
  sinceWhen,
  suspectOf,
  trendsOf,
} from '@plugfest/history';

/** What there is to know in the morning after a run of a matrix: a pure function of it, of the runs before, and of the reviewed file. */
export interface Morning {
  readonly run: MatrixRun;
  /** The runs that trends show, the oldest first; the last one is `run`. */
  readonly runs: readonly MatrixRun[];
  readonly deltas: readonly Delta[];
  readonly suspect?: Suspect;
  /** By cell: since when each failing one fails. */
  readonly since: ReadonlyMap<string, Since>;
  readonly cells: readonly RolledCell[];
  readonly heatMap: HeatMap;
  readonly coverage: RunCoverage;
  readonly trends: readonly CellTrend[];
  readonly cost: Cost;
  /** What works though no manifest declares it, each once, and in how many cells. */
  readonly findings: readonly { readonly said: string; readonly cells: number }[];
  /** Entries of the reviewed file that mean no cell. */
  readonly idle: readonly KnownFailure[];
  readonly gate: Opinion & { readonly policy: Gate };
}

/** Trends look back so many runs. */
const LOOK_BACK = 30;

/** @param history all runs of the matrix, the oldest first; those after `run`, and itself, are not looked at */
export function morningOf(run: MatrixRun, history: readonly MatrixRun[], known: KnownFailures, policy: Gate): Morning {
  const { id, startedAt } = run.head;
  const earlier = history.filter(({ head }) => head.id !== id && head.startedAt <= startedAt);
  const all = [...earlier, run];
  const runs = all.slice(-LOOK_BACK);
  const deltas = deltasOf(run, earlier, known);
  const suspect = suspectOf(run, deltas);
  const cells = rollUp(run);
  const bad = cells.filter(({ state }) => state === 'fail' || state === 'flaky');
  return {
    run,
    runs,
    deltas,
    ...(suspect ? { suspect } : {}),
    since: new Map(
      bad.flatMap(({ key }) => {
        const since = sinceWhen(key, all);
        return since ? [[key, since] as const] : [];
      }),
    ),
    cells,
    heatMap: heatMapOf(run),
    coverage: runCoverage(run),
    trends: trendsOf(runs),
    cost: costOf(run),
    findings: findingsOf(cells),
    idle: idleEntries(run, known),
    gate: { policy, ...gateOpinion(run, deltas, policy) },
  };
}

function findingsOf(cells: readonly RolledCell[]): Morning['findings'] {
  const said = cells.flatMap(({ attempts }) => [...new Set(attempts.flatMap(({ findings }) => findings))]);
  return [...Map.groupBy(said, (each) => each)].map(([each, { length }]) => ({ said: each, cells: length }));
}
