/**
 * Truth in the chain: real runs of `scenarios/truth` (Chromium, a SIP room, libwebrtc; through the reference bridge), each with one thing broken by a known
 * amount, and what was measured of it: what is moved is moved in the middle of a call, so that what the chain itself adds is the same on both sides. First the
 * same with nothing broken, which must lie within floors that are stated. Prints a table, and exits 1 where a limit is missed.
 *
 *     npm run truth [-- --only room:delay] [--json]
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Measurements, Plan, RunEvent } from '@plugfest/model';
import { measureRun } from '@plugfest/quality';
import { type Finding, FLOORS, type Run, TRIALS, type Trial } from './truth/trials.ts';

const CLI = new URL('../packages/cli/src/main.ts', import.meta.url).pathname;
const FLOOR_RUNS = 3;

interface Found extends Finding {
  readonly trial: string;
  /** Busy share of the processors while media were measured: on a busy machine pictures are late, truly. */
  readonly busy: number;
}

const { values: args } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'boolean' } } });
const chosen = TRIALS.filter(({ name }) => args.only === undefined || name.startsWith(args.only));
if (chosen.length === 0) {
  console.error(`no trial “${args.only}”; there are: ${TRIALS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
const findings: Found[] = [];
for (let n = 1; n <= (args.only === undefined ? FLOOR_RUNS : 0); n++)
  await tryOut({ name: `nothing (${n})`, scenario: 'broken', sabotage: [], find: FLOORS });
for (const trial of chosen) await tryOut(trial);
if (args.json) console.log(JSON.stringify(findings, null, 2));
process.exitCode = findings.every(({ holds }) => holds) ? 0 : 1;

async function tryOut(trial: Trial): Promise<void> {
  const run = measured(trial);
  const cpuLoad = run.harness?.cpuLoad;
  for (const finding of await trial.find(run)) {
    const found = { trial: trial.name, busy: cpuLoad && 'value' in cpuLoad ? cpuLoad.value : Number.NaN, ...finding };
    findings.push(found);
    say(found);
  }
}

/** One real run. Its verdict is not asked for: with something broken it fails. */
function measured({ scenario, sabotage }: Trial): Run {
  const broken = sabotage.flatMap((one) => ['--sabotage', one]);
  const options = { maxBuffer: 2 ** 26, stdio: ['ignore', 'pipe', 'ignore'] as ['ignore', 'pipe', 'ignore'] };
  const printed = (() => {
    try {
      return execFileSync(process.execPath, [CLI, 'run', `scenarios/truth/${scenario}`, '--json', ...broken], options);
    } catch (error) {
      return (error as { stdout: Buffer }).stdout;
    }
  })();
  const { runs } = JSON.parse(printed.toString()) as { runs: { reportDir: string; reason?: string }[] };
  const [run] = runs;
  if (!run || run.reason) throw new Error(`the run did not end: ${run?.reason ?? printed.toString()}`);
  const read = (name: string): string => readFileSync(join(run.reportDir, name), 'utf8');
  const measurements = JSON.parse(read('measurements.json')) as Measurements;
  const plan = JSON.parse(read('plan.json')) as Plan;
  const events = read('events.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent);
  return {
    ...measurements,
    sourceStartedUs: startsIn(events),
    between: (fromUs, toUs) => measureRun(run.reportDir, plan, during(events, fromUs, toUs)),
  };
}

function startsIn(events: readonly RunEvent[]): Map<string, number> {
  const started = events.filter(({ type }) => type === 'source.started');
  return new Map(started.map(({ participant = '', data }) => [participant, Number(data.startedUs)]));
}

/** The same events, with the measuring begun and ended at other times. */
function during(events: readonly RunEvent[], fromUs: number, toUs: number): RunEvent[] {
  const at: Readonly<Record<string, number>> = { 'media.started': fromUs, 'media.stopped': toUs };
  return events.map((event) => ({ ...event, atUs: at[event.type] ?? event.atUs }));
}

function say({ trial, what, truth, value, limit, holds, busy }: Found): void {
  if (args.json) return;
  const machine = holds ? '' : `   processors ${(100 * busy).toFixed(0)} % busy`;
  console.log(
    `${holds ? 'holds ' : 'MISSED'} ${trial.padEnd(22)} ${what.padEnd(56)} ${truth.padStart(14)} ${value.padStart(12)}   ${limit}${machine}`,
  );
}
