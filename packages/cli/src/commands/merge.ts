import { existsSync, globSync, mkdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { type Attempt, HistoryDirectory, type MatrixRun, mergeShards, type ShardRun } from '@plugfest/history';
import { EXIT } from '@plugfest/model';
import { firstLine, morningDocument } from '@plugfest/report';
import { BadUse } from '../bad-use.ts';
import { MatrixDirectory, RESULTS, runIdOf } from '../matrix-directory.ts';
import { exitCodeOfMorning, gateOf, heatMapInWords, readKnownFailures, reportMorning } from '../matrix-morning.ts';
import { style } from '../terminal.ts';

export interface MergeOptions {
  readonly output: string;
  readonly history?: string;
  readonly known?: string;
  readonly gate: string;
  readonly json: boolean;
}

/** Puts the shards of one matrix run together. Returns the exit code: not 0 where one is missing, overlaps or is foreign. @throws BadUse */
export async function merge(paths: readonly string[], options: MergeOptions): Promise<number> {
  const gate = gateOf(options.gate);
  const [first, ...rest] = paths.flatMap(shardsAt);
  if (!first) throw new BadUse(`no ${RESULTS} of a matrix run in ${paths.join(', ')}`);
  const output = resolve(options.output);
  const startedAt = [first, ...rest].map(({ run }) => run.head.startedAt).sort()[0] as string;
  const id = `${runIdOf(first.run.head.matrix, new Date(startedAt))}-merged`;
  const directory = new MatrixDirectory(join(output, id));
  const placed = ({ name, path, run }: FoundShard): ShardRun => ({ name, run: movedTo(directory.path, path, run) });
  const { run, missing, refused, taken } = mergeShards([placed(first), ...rest.map(placed)], id);
  mkdirSync(directory.path, { recursive: true });
  directory.write(run);
  const known = readKnownFailures(options.known, run.head.file);
  const history = new HistoryDirectory(resolve(options.history ?? join(output, 'history')));
  const morning = await reportMorning(run, directory.path, history, known, gate);
  for (const sentence of [...missing.map((name) => `shard ${name} is missing`), ...refused])
    process.stderr.write(`${style('red', 'incomplete:')} ${sentence}\n`);
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ ...morningDocument(morning), taken, missing, refused, reportDir: directory.path }, null, 2)}\n`
      : `${heatMapInWords(morning)}\n\n${firstLine(morning)}\n${taken.length} shards merged: ${relative(process.cwd(), directory.path)}/index.html\n`,
  );
  const code = exitCodeOfMorning(morning);
  return code === EXIT.pass && missing.length + refused.length > 0 ? EXIT.failed : code;
}

interface FoundShard extends ShardRun {
  /** Of its directory. */
  readonly path: string;
}

/** The matrix runs at a path: a run's directory, reports with some in them, or a directory of such reports. Merged ones are no shards. */
function shardsAt(path: string): FoundShard[] {
  const root = resolve(path);
  if (!existsSync(root)) throw new BadUse(`${path} is not there`);
  return ['', 'matrix-*/', '*/matrix-*/', '*/*/matrix-*/']
    .flatMap((below) => globSync(`${below}${RESULTS}`, { cwd: root }).sort())
    .map((file) => new MatrixDirectory(join(root, file, '..')))
    .flatMap((directory) => {
      const run = directory.readIfAny();
      if (!run || directory.path.endsWith('-merged')) return [];
      return [{ name: relative(process.cwd(), directory.path), path: directory.path, run }];
    });
}

/** Links to reports are relative to the directory of the run. */
function movedTo(directory: string, from: string, run: MatrixRun): MatrixRun {
  const moved = (attempt: Attempt): Attempt =>
    attempt.report === '' ? attempt : { ...attempt, report: relative(directory, resolve(from, attempt.report)) };
  return { ...run, attempts: run.attempts.map(moved) };
}
