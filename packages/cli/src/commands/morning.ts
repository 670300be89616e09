import { mkdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { HistoryDirectory, type KnownFailures } from '@plugfest/history';
import { firstLine, morningDocument } from '@plugfest/report';
import { BadUse } from '../bad-use.ts';
import { exitCodeOfMorning, gateOf, heatMapInWords, readKnownFailures, reportMorning } from '../matrix-morning.ts';

export interface MorningOptions {
  readonly run?: string;
  readonly baseline?: string;
  readonly known?: string;
  readonly gate: string;
  readonly history?: string;
  readonly reports: string;
  readonly output?: string;
  readonly json: boolean;
}

/** Writes the morning report of a run of a matrix again, from the history. Returns the exit code. @throws BadUse */
export async function morning(matrix: string, options: MorningOptions): Promise<number> {
  const gate = gateOf(options.gate);
  const reports = resolve(options.reports);
  const history = new HistoryDirectory(resolve(options.history ?? join(reports, 'history')));
  const name = matrix.replace(/^(\.\/)?scenarios\//, '').replace(/\.matrix\.ts$/, '');
  const runs = history.runsOf(name);
  const run = options.run === undefined ? runs.at(-1) : runs.find(({ head }) => head.id === options.run);
  if (!run)
    throw new BadUse(
      `no ${options.run ? `run ${options.run} of` : 'run of'} ${name} in the history; there are: ${runs.map(({ head }) => head.id).join(', ') || 'none'}`,
    );
  const known = baselined(
    readKnownFailures(options.known, run.head.file),
    options.baseline,
    runs.map(({ head }) => head.id),
  );
  const directory = options.output ? resolve(options.output) : join(reports, run.head.directory);
  mkdirSync(directory, { recursive: true });
  const report = await reportMorning(run, directory, history, known, gate);
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ ...morningDocument(report), reportDir: directory }, null, 2)}\n`
      : `${firstLine(report)}\n\n${heatMapInWords(report)}\n\nReport: ${relative(process.cwd(), directory)}/index.html\n`,
  );
  return exitCodeOfMorning(report);
}

function baselined(known: KnownFailures, baseline: string | undefined, runs: readonly string[]): KnownFailures {
  const named = baseline ?? known.baseline;
  if (named !== undefined && !runs.includes(named))
    throw new BadUse(`the baseline ${named} is not in the history; there are: ${runs.join(', ')}`);
  return named === undefined ? known : { ...known, baseline: named };
}
