/**
 * Truth in the chain: real runs of `scenarios/truth` (Chromium, a SIP room, libwebrtc; through the reference bridge), each with one thing broken by a known
 * amount, and what was measured of it. First the same with nothing broken: what the chain itself adds is the floor that the others are held against.
 * Prints a table, and exits 1 where a limit is missed.
 *
 *     npm run truth [-- --only room:delay] [--json]
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Measurements } from '@plugfest/model';
import { type Finding, FLOORS, type Run, TRIALS, type Trial } from './truth/trials.ts';

const CLI = new URL('../packages/cli/src/main.ts', import.meta.url).pathname;
const FLOOR_RUNS = 3;

const { values: args } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'boolean' } } });
const chosen = TRIALS.filter(({ sabotage }) => args.only === undefined || sabotage.startsWith(args.only));
if (chosen.length === 0) {
  console.error(`no trial “${args.only}”; there are: ${TRIALS.map(({ sabotage }) => sabotage).join(', ')}`);
  process.exit(2);
}
const floors = Array.from({ length: FLOOR_RUNS }, () => measured());
const findings: (Finding & { readonly trial: string })[] = floors.flatMap((floor, n) =>
  FLOORS.map((of) => ({ trial: `nothing (${n + 1})`, ...of(floor) })),
);
findings.forEach(say);
for (const trial of chosen) {
  for (const finding of tried(trial)) {
    findings.push(finding);
    say(finding);
  }
}
if (args.json) console.log(JSON.stringify(findings, null, 2));
process.exitCode = findings.every(({ holds }) => holds) ? 0 : 1;

function tried({ sabotage, find }: Trial): (Finding & { readonly trial: string })[] {
  return find(measured(sabotage), floors).map((finding) => ({ trial: sabotage, ...finding }));
}

/** One real run. Its verdict is not asked for: with something broken it fails. */
function measured(sabotage?: string): Run {
  const broken = sabotage === undefined ? [] : ['--sabotage', sabotage];
  const options = { maxBuffer: 2 ** 26, stdio: ['ignore', 'pipe', 'ignore'] as ['ignore', 'pipe', 'ignore'] };
  const printed = (() => {
    try {
      return execFileSync(process.execPath, [CLI, 'run', 'truth', '--json', ...broken], options);
    } catch (error) {
      return (error as { stdout: Buffer }).stdout;
    }
  })();
  const { runs } = JSON.parse(printed.toString()) as { runs: { reportDir: string; reason?: string }[] };
  const [run] = runs;
  if (!run || run.reason) throw new Error(`the run did not end: ${run?.reason ?? printed.toString()}`);
  const measurements = JSON.parse(readFileSync(join(run.reportDir, 'measurements.json'), 'utf8')) as Measurements;
  return { ...measurements, sourceStartedUs: startsIn(join(run.reportDir, 'events.jsonl')) };
}

function startsIn(events: string): Map<string, number> {
  const all = readFileSync(events, 'utf8').trim().split('\n');
  const rows = all.map(
    (line) => JSON.parse(line) as { type: string; participant?: string; data: { startedUs?: number } },
  );
  const started = rows.filter(({ type }) => type === 'source.started');
  return new Map(started.map(({ participant = '', data: { startedUs = Number.NaN } }) => [participant, startedUs]));
}

function say({ trial, what, truth, value, limit, holds }: Finding & { readonly trial: string }): void {
  if (args.json) return;
  console.log(
    `${holds ? 'holds ' : 'MISSED'} ${trial.padEnd(24)} ${what.padEnd(52)} ${truth.padStart(16)} ${value.padStart(12)}   ${limit}`,
  );
}
