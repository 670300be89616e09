import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { EXIT } from '@plugfest/model';
import { PROJECT_ROOT } from '../paths.ts';
import { duration, style } from '../terminal.ts';

interface Step {
  readonly name: string;
  /** Node script and its arguments, from the project's root. */
  readonly script: string;
  readonly args: readonly string[];
}

const RESULTS = resolve(PROJECT_ROOT, '.cache/test-results.json');

const CHECKS: readonly Step[] = [
  { name: 'lint', script: 'node_modules/@biomejs/biome/bin/biome', args: ['check', '.'] },
  { name: 'type-check', script: 'node_modules/typescript/bin/tsc', args: ['--noEmit', '-p', 'tsconfig.json'] },
];

interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Lints, type-checks, runs the layer test and all fast tests; the last line is `N passed, N failed`. */
export async function runTests(filters: readonly string[]): Promise<number> {
  const tallies: Tally[] = [];
  for (const step of CHECKS) {
    const succeeded = (await runStep(step)) === 0;
    tallies.push({ passed: succeeded ? 1 : 0, failed: succeeded ? 0 : 1, skipped: 0 });
  }
  tallies.push(await runVitest(filters));
  const sum = (key: keyof Tally): number => tallies.reduce((total, tally) => total + tally[key], 0);
  if (sum('skipped') > 0) process.stdout.write(`${sum('skipped')} skipped (each prints its reason above)\n`);
  process.stdout.write(`${sum('passed')} passed, ${sum('failed')} failed\n`);
  return sum('failed') === 0 ? EXIT.pass : EXIT.failed;
}

async function runVitest(filters: readonly string[]): Promise<Tally> {
  mkdirSync(resolve(PROJECT_ROOT, '.cache'), { recursive: true });
  rmSync(RESULTS, { force: true });
  const exitCode = await runStep({
    name: 'tests',
    script: 'node_modules/vitest/vitest.mjs',
    args: ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${RESULTS}`, ...filters],
  });
  return tallyOf(exitCode);
}

/** A run that ended badly without a failed test (a crash, a file that does not load) counts as one failure. */
function tallyOf(exitCode: number): Tally {
  try {
    const results = JSON.parse(readFileSync(RESULTS, 'utf8')) as Record<string, number>;
    const failed = (results.numFailedTests ?? 0) || (exitCode === 0 ? 0 : 1);
    return {
      passed: results.numPassedTests ?? 0,
      failed,
      skipped: (results.numPendingTests ?? 0) + (results.numTodoTests ?? 0),
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

async function runStep({ name, script, args }: Step): Promise<number> {
  const startedMs = performance.now();
  process.stdout.write(`${style('bold', name, process.stdout)}\n`);
  const child = spawn(process.execPath, [resolve(PROJECT_ROOT, script), ...args], {
    cwd: PROJECT_ROOT,
    stdio: 'inherit',
  });
  const exitCode = await new Promise<number>((settle) => {
    child.once('error', () => settle(1));
    child.once('exit', (code) => settle(code ?? 1));
  });
  process.stdout.write(
    `${name}: ${exitCode === 0 ? 'ok' : 'failed'} in ${duration(performance.now() - startedMs)}\n\n`,
  );
  return exitCode;
}
