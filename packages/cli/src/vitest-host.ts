import { mkdirSync } from 'node:fs';
import { findScenarios } from '@plugfest/scenario';
import { REPORTS_ROOT, SCENARIOS_ROOT } from './paths.ts';
import { runScenario } from './pipeline.ts';

/** What a test's context gives to whom it runs. */
export interface ScenarioTest {
  readonly signal: AbortSignal;
  readonly skip: (why: string) => never;
}

/** Runs a scenario as a Vitest test: fails with its checks, is skipped with the reason where it cannot be run here. @throws Error */
export async function runAsTest(path: string, { signal, skip }: ScenarioTest): Promise<void> {
  const [file] = findScenarios(path, SCENARIOS_ROOT);
  if (!file) throw new Error(`no scenario at ${path}`);
  mkdirSync(REPORTS_ROOT, { recursive: true });
  const { verdict, reason, checks, reportDir } = await runScenario(file, {
    reportsDir: REPORTS_ROOT,
    sabotage: [],
    satisfied: false,
    signal,
    onStep: () => {},
  });
  if (verdict === 'not-run' || verdict === 'unsupported') skip(reason ?? verdict);
  if (verdict === 'pass') return;
  const bad = checks
    .filter((check) => check.level === 'must' && check.verdict !== 'pass')
    .map(({ title, measured, limit, id }) => `${title}: ${measured} (limit: ${limit}) ${id}`);
  throw new Error([`${verdict}: ${reportDir}/index.html`, ...(reason ? [reason] : []), ...bad].join('\n'));
}
