import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { interruption } from '@plugfest/host';
import { EXIT, type Plan, type VerdictFile } from '@plugfest/model';
import { partsOfMessages, type Shrunk, saidParts, shrinkScenario } from '@plugfest/repro';
import { formatSabotage, formatScenarioFile, recordScript, type ScriptedScenario } from '@plugfest/scenario';
import { parseDurationMs } from '../duration.ts';
import { SCENARIOS_ROOT } from '../paths.ts';
import { BadUse } from '../pipeline.ts';
import { Progress } from '../progress.ts';
import { RunSource } from '../run-source.ts';
import { failsAgain } from '../shrink-probe.ts';
import { duration, style, table } from '../terminal.ts';

export interface ShrinkCommandOptions {
  readonly budget: string;
  readonly check?: string;
  readonly output?: string;
  readonly trust: boolean;
  readonly json: boolean;
}

/** Searches for the smallest scenario that fails a run's check again, and writes it as a scenario file. 0: found; 1: the check does not fail again. */
export async function shrink(path: string, options: ShrinkCommandOptions): Promise<number> {
  using interrupted = interruption();
  const budgetMs = parseDurationMs('--budget', options.budget);
  using source = await RunSource.open(path);
  const [plan, verdict] = [source.run.readPlan(), source.run.readVerdict()];
  const check = checkOf(verdict, options.check);
  const { definition } = await source.given(options.trust);
  const whole = scriptOf(await recordScript(definition, plan.variant === 'satisfied'), plan, check);
  const directory = mkdtempSync(join(source.run.path, '..', '.shrink-'));
  const progress = new Progress();
  const startedMs = performance.now();
  const leftMs = (): number => budgetMs - (performance.now() - startedMs);
  let probes = 0;
  const probing = { directory, plan, check, signal: interrupted.signal };
  try {
    progress.begin(`shrink ${plan.scenario.id}`);
    progress.step(`does ${check} fail again?`);
    if (!(await failsTwice(whole, () => ++probes, probing))) {
      progress.stop();
      process.stderr.write(`${check} does not fail again: nothing can be learnt by leaving things out\n`);
      return interrupted.signal.aborted ? EXIT.interrupted : EXIT.failed;
    }
    const rooms = plan.participants.filter(({ kind }) => kind === 'sip-room').map(({ id }) => id);
    const shrunk = await shrinkScenario(whole, {
      more: [partsOfMessages(saidParts(source.run.readEvents(), rooms))],
      stillFails: async (script) =>
        leftMs() <= 0 || interrupted.signal.aborted ? undefined : await failsAgain(script, ++probes, probing),
      onProgress: ({ what, script }) =>
        progress.step(
          `${probes} probes, ${sizeOf(script)}; leaving out ${what}; ${duration(Math.max(0, leftMs()))} left`,
        ),
    });
    progress.stop();
    const file = write(titled(shrunk.script, check, plan), outputOf(options.output, plan, check));
    const took = performance.now() - startedMs;
    process.stdout.write(
      options.json ? jsonOf(whole, shrunk, file, check, took) : textOf(whole, shrunk, file, check, took),
    );
    return interrupted.signal.aborted ? EXIT.interrupted : EXIT.pass;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A failure that comes and goes is given a second chance before nothing is made of it. */
async function failsTwice(
  script: ScriptedScenario,
  next: () => number,
  probing: Parameters<typeof failsAgain>[2],
): Promise<boolean> {
  return (await failsAgain(script, next(), probing)) || (await failsAgain(script, next(), probing));
}

/** @throws BadUse */
function checkOf({ checks }: VerdictFile, named: string | undefined): string {
  const failed = checks.filter(({ level, verdict }) => level === 'must' && verdict === 'fail').map(({ id }) => id);
  if (failed.length === 0) throw new BadUse('nothing failed in this run: there is nothing to shrink');
  const list = failed.join(', ');
  if (named !== undefined && !failed.includes(named))
    throw new BadUse(`--check: “${named}” did not fail; what did: ${list}`);
  const [first] = failed.toSorted((a, b) => rankOf(a) - rankOf(b));
  return named ?? (first as string);
}

/** What says most of a cause goes first: what is wrong in messages and packets, before what people saw of it. */
const BY_CAUSE = [
  'replay-goes-as-then',
  'joins',
  'h264-packetization',
  'rtp-timeline',
  'event-clock',
  'peer-is-answered',
  'peer-ends-well',
];

function rankOf(check: string): number {
  const rank = BY_CAUSE.indexOf(check.split(':')[0] ?? '');
  return rank === -1 ? BY_CAUSE.length : rank;
}

/** The scenario as that run had it, and of what it expects what failed. */
function scriptOf(script: ScriptedScenario, plan: Plan, check: string): ScriptedScenario {
  const participants = Object.entries(script.participants).map(([id, spec], i) => {
    const network = plan.participants[i]?.network;
    const { network: _, ...rest } = spec;
    return [id, { ...rest, ...(network ? { network } : {}) }];
  });
  const sabotage = plan.sabotage.map(formatSabotage);
  const expects = script.expects.filter(({ rule }) => check.startsWith(`${rule}:`) || check === rule);
  // Media lie beside the scenario that was run, and this one will lie elsewhere.
  const media =
    script.replay?.media === undefined ? {} : { media: resolve(dirname(plan.scenario.file), script.replay.media) };
  const replay = script.replay ? { replay: { ...script.replay, ...media } } : {};
  return { ...script, ...replay, participants: Object.fromEntries(participants), sabotage, expects };
}

function titled(script: ScriptedScenario, check: string, plan: Plan): ScriptedScenario {
  return {
    ...script,
    title: `${check}, of ${plan.scenario.title}`,
    story: `The smallest that “plugfest shrink” found to fail the check ${check} of the run ${plan.runId}.`,
  };
}

function outputOf(named: string | undefined, { scenario }: Plan, check: string): string {
  if (named !== undefined) return resolve(named.endsWith('.scenario.ts') ? named : `${named}.scenario.ts`);
  const name = `${scenario.id}-${check}`.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase();
  return join(SCENARIOS_ROOT, 'shrunk', `${name}.scenario.ts`);
}

function write(script: ScriptedScenario, file: string): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, formatScenarioFile(script));
  return file;
}

function countsOf(script: ScriptedScenario) {
  const participants = Object.values(script.participants);
  const leftOut = participants.flatMap(({ leavesOut }) => [
    ...(leavesOut?.headers ?? []),
    ...(leavesOut?.sdpLines ?? []),
  ]);
  return {
    participants: participants.length,
    steps: script.steps.length,
    impairedParticipants: participants.filter(({ network }) => network !== undefined).length,
    leftOutOfMessages: leftOut.length,
  };
}

function sizeOf(script: ScriptedScenario): string {
  const { participants, steps } = countsOf(script);
  return `${participants} participants, ${steps} steps`;
}

function jsonOf(
  whole: ScriptedScenario,
  { script, probes, isMinimal }: Shrunk,
  file: string,
  check: string,
  ms: number,
) {
  const document = {
    check,
    file,
    probes,
    isMinimal,
    durationMs: Math.round(ms),
    from: countsOf(whole),
    to: countsOf(script),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function textOf(
  whole: ScriptedScenario,
  { script, probes, isMinimal }: Shrunk,
  file: string,
  check: string,
  ms: number,
): string {
  const [from, to] = [countsOf(whole), countsOf(script)];
  const rows = [
    ['participants', String(from.participants), String(to.participants)],
    ['steps', String(from.steps), String(to.steps)],
    ['participants behind a network', String(from.impairedParticipants), String(to.impairedParticipants)],
    ['headers and lines left out of messages', String(from.leftOutOfMessages), String(to.leftOutOfMessages)],
  ];
  const shown = relative(process.cwd(), file);
  const end = isMinimal ? 'nothing more can be left out' : 'the time was over; more might go';
  return [
    table([['', 'before', 'now'].map((text) => style('bold', text, process.stdout)), ...rows]),
    '',
    `${check} fails again with this: ${probes} probes in ${duration(ms)}, ${end}`,
    `./plugfest run ${shown}`,
    '',
  ].join('\n');
}
