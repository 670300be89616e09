import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { ratioInWords, wilson } from '@plugfest/history';
import { interruption } from '@plugfest/host';
import { EXIT, type Network, type VerdictFile } from '@plugfest/model';
import { writeRunList } from '@plugfest/report';
import { BadUse, runScenario } from '../pipeline.ts';
import { Progress } from '../progress.ts';
import { failedIn, type Reproduction, reproductionOf } from '../recurrence.ts';
import { RunSource } from '../run-source.ts';
import { reportKilledRuns } from '../running-mark.ts';
import { styleVerdict, table } from '../terminal.ts';

export interface ReproCommandOptions {
  readonly times: string;
  /** Checks to judge by; none: see `reproductionOf`. */
  readonly check: readonly string[];
  readonly trust: boolean;
  readonly json: boolean;
  readonly reports: string;
}

/**
 * Runs the plan of a run again, with its seed, networks and sabotage, and says which of the checks that failed then fail now. Exit code 0: those that are judged,
 * each time; 1: not.
 */
export async function repro(path: string, options: ReproCommandOptions): Promise<number> {
  const times = Number(options.times);
  if (!Number.isInteger(times) || times < 1)
    throw new BadUse(`--times: “${options.times}” is not a whole number from 1`);
  using interrupted = interruption();
  using source = await RunSource.open(path);
  const [plan, original] = [source.run.readPlan(), source.run.readVerdict()];
  const unknown = options.check.find((id) => !failedIn(original).has(id));
  if (unknown !== undefined)
    throw new BadUse(`--check: “${unknown}” did not fail; what did: ${[...failedIn(original).keys()].join(', ')}`);
  const { file, given } = await source.given(options.trust);
  const reportsDir = resolve(options.reports);
  mkdirSync(reportsDir, { recursive: true });
  await reportKilledRuns(reportsDir);
  const networks = Object.fromEntries(
    plan.participants.flatMap(({ id, network }): [string, Network][] => (network ? [[id, network]] : [])),
  );
  const progress = new Progress();
  const verdicts: VerdictFile[] = [];
  for (let n = 1; n <= times && !interrupted.signal.aborted; n++) {
    progress.begin(`${file.id} (${n} of ${times})`);
    verdicts.push(
      await runScenario(file, {
        reportsDir,
        seed: plan.seed,
        sabotage: plan.sabotage,
        networks,
        satisfied: plan.variant === 'satisfied',
        ...(given ? { given } : {}),
        signal: interrupted.signal,
        onStep: (text) => progress.step(text),
      }),
    );
    progress.stop();
  }
  await writeRunList(reportsDir);
  if (interrupted.signal.aborted) return EXIT.interrupted;
  const reproduction = reproductionOf(original, verdicts, options.check);
  if (options.json) process.stdout.write(`${JSON.stringify(documentOf(original, verdicts, reproduction), null, 2)}\n`);
  else process.stdout.write(textOf(verdicts, reproduction));
  return reproduction.reproduced.every(Boolean) ? EXIT.pass : EXIT.failed;
}

function documentOf(original: VerdictFile, verdicts: readonly VerdictFile[], { rows, reproduced }: Reproduction) {
  return {
    original: { id: original.id, verdict: original.verdict, failed: [...failedIn(original).keys()] },
    runs: verdicts.map(({ id, verdict, reportDir }, at) => ({ id, verdict, reproduced: reproduced[at], reportDir })),
    checks: rows,
  };
}

function textOf(verdicts: readonly VerdictFile[], { verdictThen, rows, reproduced }: Reproduction): string {
  const lines = rows.map(({ check, failed, failedThen, isJudged }) => {
    const what = isJudged ? 'judged' : failedThen ? 'failed then too' : 'new';
    return [ratioInWords(failed), check, what];
  });
  const runs = verdicts.map(
    ({ verdict, reportDir }) => `  ${styleVerdict(verdict, process.stdout)} ${reportDir}/index.html\n`,
  );
  const judged = rows.filter(({ isJudged }) => isJudged).map(({ check }) => check);
  const what = judged.length === 0 ? `the verdict “${verdictThen}”` : judged.join(', ');
  const share = ratioInWords(wilson(reproduced.filter(Boolean).length, reproduced.length));
  return `${lines.length > 0 ? `${table(lines)}\n` : ''}${runs.join('')}reproduced ${what}: ${share}\n`;
}
