import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { interruption } from '@plugfest/host';
import { EXIT, SABOTAGE_KINDS, type VerdictFile } from '@plugfest/model';
import { writeRunList } from '@plugfest/report';
import { findScenarios, parseSabotage, SABOTAGES, type ScenarioFile } from '@plugfest/scenario';
import { SCENARIOS_ROOT } from '../paths.ts';
import { runScenario } from '../pipeline.ts';
import { Progress } from '../progress.ts';
import { reportKilledRuns } from '../running-mark.ts';
import { duration, style, table } from '../terminal.ts';

/** The conference in which a sabotage is done, and who does it. */
const STAGES: Record<
  (typeof SABOTAGES)[(typeof SABOTAGE_KINDS)[number]]['by'],
  readonly [scenario: string, victim: string]
> = {
  source: ['selftest', 'lync'],
  bridge: ['selftest', 'lync'],
  wire: ['selftest', 'lync'],
  endpoint: ['selftest-calls', 'room'],
};

interface Trial {
  readonly sabotage: string;
  readonly verdict: VerdictFile;
  /** Rules that failed, in the order of the checks. */
  readonly caughtBy: readonly string[];
  readonly expected: string;
  readonly good: boolean;
}

/**
 * Breaks one thing at a time and shows which check caught it. A sabotage that the check meant for it does not catch is an error; so is a run
 * without sabotage that does not pass, for then being caught means nothing.
 */
export async function selftest(options: {
  readonly json: boolean;
  readonly reports: string;
  readonly only: readonly string[];
}): Promise<number> {
  using interrupted = interruption();
  const reportsDir = resolve(options.reports);
  mkdirSync(reportsDir, { recursive: true });
  await reportKilledRuns(reportsDir);
  const progress = new Progress();
  const kinds = SABOTAGE_KINDS.filter((kind) => options.only.length === 0 || options.only.includes(kind));
  const trials: Trial[] = [];
  const stages = [...new Set(kinds.map((kind) => STAGES[SABOTAGES[kind].by]))];
  const whole = stages.map((stage) => ({ stage, kind: undefined }));
  for (const { stage, kind } of [...whole, ...kinds.map((kind) => ({ stage: STAGES[SABOTAGES[kind].by], kind }))]) {
    if (interrupted.signal.aborted) break;
    const [scenario, victim] = stage;
    const [file] = findScenarios(scenario, SCENARIOS_ROOT) as [ScenarioFile];
    progress.begin(kind ?? 'nothing broken');
    const parsed = kind === undefined ? undefined : parseSabotage(`${victim}:${kind}`);
    const verdict = await runScenario(file, {
      reportsDir,
      sabotage: parsed?.ok ? [parsed.value] : [],
      satisfied: false,
      signal: interrupted.signal,
      onStep: (text) => progress.step(text),
    });
    trials.push(trialOf(kind, verdict));
    progress.stop();
  }
  await writeRunList(reportsDir);
  process.stdout.write(
    options.json ? `${JSON.stringify({ trials: trials.map(documentOf) }, null, 2)}\n` : tableOf(trials),
  );
  if (interrupted.signal.aborted) return EXIT.interrupted;
  return trials.every(({ good }) => good) ? EXIT.pass : EXIT.harnessError;
}

function trialOf(kind: (typeof SABOTAGE_KINDS)[number] | undefined, verdict: VerdictFile): Trial {
  const failed = verdict.checks.filter((check) => check.level === 'must' && check.verdict === 'fail');
  const caughtBy = [...new Set(failed.map(({ id }) => id.split(':')[0] ?? id))];
  if (kind === undefined)
    return { sabotage: 'none', verdict, caughtBy, expected: 'nothing', good: verdict.verdict === 'pass' };
  const expected = SABOTAGES[kind].caughtBy;
  return {
    sabotage: kind,
    verdict,
    caughtBy,
    expected,
    good: verdict.verdict === 'fail' && caughtBy.includes(expected),
  };
}

function documentOf({ sabotage, verdict, caughtBy, expected, good }: Trial) {
  return { sabotage, verdict: verdict.verdict, expected, caughtBy, good, reportDir: verdict.reportDir };
}

function tableOf(trials: readonly Trial[]): string {
  const rows = trials.map(({ sabotage, verdict, caughtBy, expected, good }) => [
    good ? style('green', 'ok', process.stdout) : style('red', 'NOT CAUGHT', process.stdout),
    sabotage,
    `${verdict.verdict}${verdict.reason ? ` (${verdict.reason.split('\n')[0]})` : ''}`,
    expected,
    caughtBy.join(', ') || '–',
    duration(verdict.durationMs),
  ]);
  const heads = ['', 'broken', 'verdict', 'to be caught by', 'caught by', 'took'].map((text) =>
    style('bold', text, process.stdout),
  );
  const good = trials.filter((trial) => trial.good).length;
  return `\n${table([heads, ...rows])}\n\n${good} of ${trials.length} as they should be\n`;
}
