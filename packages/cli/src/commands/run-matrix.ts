import { mkdirSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import type { NamedRow } from '@plugfest/covering';
import { HistoryDirectory, type MatrixRun, type RunHead } from '@plugfest/history';
import { interruption } from '@plugfest/host';
import { EXIT } from '@plugfest/model';
import { firstLine, morningDocument, writeRunList } from '@plugfest/report';
import { type MatrixDefinition, matrixModel, scenarioOfRow } from '@plugfest/scenario';
import { describeCommit, SourceGraph, sourceDigests } from '@plugfest/sources';
import { BadUse } from '../bad-use.ts';
import { changedFiles } from '../changed-files.ts';
import { parseDurationMs } from '../duration.ts';
import { MatrixDirectory, matrixRunsIn, runIdOf } from '../matrix-directory.ts';
import { exitCodeOfMorning, gateOf, heatMapInWords, readKnownFailures, reportMorning } from '../matrix-morning.ts';
import { planDigest, planMatrix, wholeNumber } from '../matrix-plan.ts';
import { LATEST, planOptions, shardOf } from '../matrix-print-plan.ts';
import { type MatrixRunOptions, runMatrix } from '../matrix-run.ts';
import { sabotageOfRows } from '../matrix-sabotage.ts';
import { DurationHistory } from '../matrix-schedule.ts';
import { runMatrixWithWorkers } from '../matrix-workers.ts';
import { PROJECT_ROOT, SCENARIOS_ROOT } from '../paths.ts';
import { Progress } from '../progress.ts';
import { reportKilledRuns } from '../running-mark.ts';
import { VERSION } from '../version.ts';

import type { MatrixOptions } from './matrix.ts';

/** Runs the rows of a matrix, or what is left of them. Returns the exit code. @throws BadUse */
export async function runRows(file: string, definition: MatrixDefinition, options: MatrixOptions): Promise<number> {
  using interrupted = interruption();
  const gate = gateOf(options.gate);
  const known = readKnownFailures(options.known, resolve(file));
  const reportsDir = resolve(options.reports);
  const stored = options.resume ? unfinishedRun(file, reportsDir) : await newRun(file, definition, reportsDir, options);
  // Nothing that this change could have broken: that is a good answer.
  if (!stored) return EXIT.pass;
  const { directory, run } = stored;
  mkdirSync(reportsDir, { recursive: true });
  await reportKilledRuns(reportsDir);
  const workers = options.workers === undefined ? 0 : wholeNumber('--workers', options.workers, 1, 1000);
  const how: MatrixRunOptions = {
    reportsDir,
    budgetMs: options.budget === undefined ? undefined : parseDurationMs('--budget', options.budget),
    history: estimatesOf(file, definition, options),
    signal: interrupted.signal,
    progress: new Progress(),
    sabotageOf: sabotageOfRows(options.sabotage, definition),
    digests: sourceDigests(PROJECT_ROOT, new SourceGraph(PROJECT_ROOT).scenarioFilesOf(resolve(file))),
    commit: describeCommit(PROJECT_ROOT, VERSION),
  };
  const databaseUrl = process.env.PLUGFEST_DATABASE_URL || undefined;
  const ended =
    workers === 0
      ? await runMatrix(definition, directory, run, how)
      : await runMatrixWithWorkers(definition, directory, run, {
          ...how,
          workers,
          databaseUrl,
          sabotage: options.sabotage,
        });
  const morning = await reportMorning(ended, directory.path, historyOf(options), known, gate);
  await writeRunList(reportsDir);
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ ...morningDocument(morning), reportDir: directory.path }, null, 2)}\n`
      : `\n${heatMapInWords(morning)}\n\n${firstLine(morning)}\nReport: ${relative(process.cwd(), directory.path)}/index.html\n`,
  );
  return interrupted.signal.aborted ? EXIT.interrupted : exitCodeOfMorning(morning);
}

/** Where neither the matrix nor any run says how long a row takes. */
const SECONDS_PER_ROW = 25;

/** How long rows took, in all runs that are known. */
export function estimatesOf(file: string, definition: MatrixDefinition, options: MatrixOptions): DurationHistory {
  const estimates = new DurationHistory((definition.secondsPerRow ?? SECONDS_PER_ROW) * 1000);
  for (const { attempts } of historyOf(options).runsOf(idOf(file))) {
    for (const { values, verdict, durationMs } of attempts)
      if (verdict !== 'not-run') estimates.add(values, durationMs);
  }
  return estimates;
}

function historyOf({ history, reports }: Pick<MatrixOptions, 'history' | 'reports'>): HistoryDirectory {
  return new HistoryDirectory(resolve(history ?? join(reports, 'history')));
}

/** Rows of the latest run, by their numbers: with them a value that is added keeps the cells of the nights before. */
export function latestRows(file: string, options: MatrixOptions): NamedRow[] {
  if (options.seeding !== LATEST) return [];
  const run = historyOf(options).runsOf(idOf(file)).at(-1);
  return (run?.head.rows ?? []).toSorted((a, b) => a.number - b.number).map(({ values }) => values);
}

/** The matrix's name: its path below the scenarios' root, or its file's name elsewhere, without the suffix. */
function idOf(file: string): string {
  const inside = relative(SCENARIOS_ROOT, resolve(file));
  return (inside.startsWith('..') ? basename(file) : inside).replace(/\.matrix\.ts$/, '');
}

interface Stored {
  readonly directory: MatrixDirectory;
  readonly run: MatrixRun;
}

function unfinishedRun(file: string, reportsDir: string): Stored {
  const found = matrixRunsIn(reportsDir, idOf(file)).find(({ run }) => run.end?.why !== 'all-rows');
  if (!found) throw new BadUse(`--resume: no run of ${idOf(file)} in ${reportsDir} has rows left`);
  return found;
}

async function newRun(
  file: string,
  definition: MatrixDefinition,
  reportsDir: string,
  options: MatrixOptions,
): Promise<Stored | undefined> {
  const matrixName = idOf(file);
  const plan = planMatrix(matrixModel(definition), planOptions(options, latestRows(file, options)));
  const { rows: chosen, shard } = shardOf(plan, options.shard);
  const numbered = plan.rows.map((values, index) => ({ number: index + 1, values }));
  const named = options.row.map((text) => wholeNumber('--row', text, 1, plan.rows.length));
  const asked = numbered.filter(
    ({ number, values }) => chosen.includes(values) && (named.length === 0 || named.includes(number)),
  );
  const rows = options.changed === undefined ? asked : await affectedRows(file, definition, asked, options.changed);
  if (rows.length === 0 && options.changed !== undefined) return undefined;
  const startedAt = new Date();
  const [first = '', second = first] = Object.keys(definition.axes);
  const id = runIdOf(`${matrixName}${shard ? `-shard${shard.index}of${shard.count}` : ''}`, startedAt);
  const head: RunHead = {
    type: 'run',
    version: 1,
    id,
    matrix: matrixName,
    title: definition.title,
    file: resolve(file),
    startedAt: startedAt.toISOString(),
    strength: plan.strength,
    seed: Number(options.seed),
    heatMap: [...(definition.heatMap ?? [first, second])],
    tuples: plan.tuples,
    excluded: plan.excluded,
    directory: id,
    rows: rows.map(({ number, values }) => ({ number, values: { ...values } })),
    planRows: plan.rows.length,
    planDigest: planDigest(plan),
    ...(shard ? { shard } : {}),
    repeats: wholeNumber('--repeat', options.repeat, 1, 1000),
    missingShards: [],
  };
  const directory = new MatrixDirectory(join(reportsDir, id));
  directory.results.begin(head);
  return { directory, run: { head, attempts: [] } };
}

/** Rows whose sources differ from the base; says how many that are. */
async function affectedRows<R extends { readonly values: Readonly<Record<string, string>> }>(
  file: string,
  definition: MatrixDefinition,
  rows: readonly R[],
  base: string | true,
): Promise<R[]> {
  const changed = changedFiles(base === true ? undefined : base);
  const graph = new SourceGraph(PROJECT_ROOT);
  const affected = rows.filter(({ values }) => {
    const { participants } = scenarioOfRow(definition, values);
    const kinds = Object.values(participants).map(({ kind }) => kind);
    return graph.isAffected(resolve(file), kinds, changed.files);
  });
  process.stderr.write(
    `${changed.files.length} files differ from ${changed.base}: ${affected.length} of ${rows.length} rows are affected\n`,
  );
  return affected;
}
