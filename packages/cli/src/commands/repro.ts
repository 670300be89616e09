import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { interruption } from '@plugfest/host';
import { EXIT, type Network, type VerdictFile } from '@plugfest/model';
import { writeRunList } from '@plugfest/report';
import { BadUse, runScenario } from '../pipeline.ts';
import { Progress } from '../progress.ts';
import { RunSource } from '../run-source.ts';
import { reportKilledRuns } from '../running-mark.ts';
import { styleVerdict, table } from '../terminal.ts';

export interface ReproCommandOptions {
  readonly times: string;
  readonly trust: boolean;
  readonly json: boolean;
  readonly reports: string;
}

/** How often a check that failed in a run failed again. */
interface Recurrence {
  readonly check: string;
  readonly title: string;
  readonly failed: number;
  readonly runs: number;
}

/**
 * Runs the plan of a run again, with its seed, networks and sabotage, and says which of the checks that failed then fail now. Exit code 0: all of them, each
 * time; 1: not.
 */
export async function repro(path: string, options: ReproCommandOptions): Promise<number> {
  const times = Number(options.times);
  if (!Number.isInteger(times) || times < 1)
    throw new BadUse(`--times: “${options.times}” is not a whole number from 1`);
  using interrupted = interruption();
  using source = await RunSource.open(path);
  const [plan, original] = [source.run.readPlan(), source.run.readVerdict()];
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
  const recurrences = recurrencesOf(original, verdicts);
  const reproduced = verdicts.filter((verdict) => isSameFailure(original, verdict)).length;
  if (options.json) process.stdout.write(`${JSON.stringify(documentOf(original, verdicts, recurrences), null, 2)}\n`);
  else process.stdout.write(textOf(original, verdicts, recurrences, reproduced));
  return reproduced === verdicts.length ? EXIT.pass : EXIT.failed;
}

function failedIn({ checks }: VerdictFile): Map<string, string> {
  const failed = checks.filter(({ level, verdict }) => level === 'must' && verdict === 'fail');
  return new Map(failed.map(({ id, title }) => [id, title]));
}

/** All that failed then fails now; where nothing failed, the verdict is the same. */
function isSameFailure(original: VerdictFile, verdict: VerdictFile): boolean {
  const [then, now] = [failedIn(original), failedIn(verdict)];
  return then.size === 0 ? original.verdict === verdict.verdict : [...then.keys()].every((id) => now.has(id));
}

function recurrencesOf(original: VerdictFile, verdicts: readonly VerdictFile[]): Recurrence[] {
  const known = new Map([...failedIn(original), ...verdicts.flatMap((verdict) => [...failedIn(verdict)])]);
  return [...known].map(([check, title]) => ({
    check,
    title,
    failed: verdicts.filter((verdict) => failedIn(verdict).has(check)).length,
    runs: verdicts.length,
  }));
}

function documentOf(original: VerdictFile, verdicts: readonly VerdictFile[], recurrences: readonly Recurrence[]) {
  const then = failedIn(original);
  return {
    original: { id: original.id, verdict: original.verdict, failed: [...then.keys()] },
    runs: verdicts.map((verdict) => ({
      id: verdict.id,
      verdict: verdict.verdict,
      reproduced: isSameFailure(original, verdict),
      reportDir: verdict.reportDir,
    })),
    checks: recurrences.map((row) => ({ ...row, failedThen: then.has(row.check) })),
  };
}

function textOf(
  original: VerdictFile,
  verdicts: readonly VerdictFile[],
  recurrences: readonly Recurrence[],
  reproduced: number,
): string {
  const then = failedIn(original);
  const rows = recurrences.map(({ check, failed, runs }) => [
    `${failed} of ${runs}`,
    check,
    then.has(check) ? 'failed then' : 'new',
  ]);
  const runs = verdicts.map(
    ({ verdict, reportDir }) => `  ${styleVerdict(verdict, process.stdout)} ${reportDir}/index.html\n`,
  );
  const what = then.size === 0 ? `the verdict “${original.verdict}”` : `the ${then.size} checks that failed`;
  return `${rows.length > 0 ? `${table(rows)}\n` : ''}${runs.join('')}reproduced ${what}: ${reproduced} of ${verdicts.length} runs\n`;
}
