import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { hostClock } from '@plugfest/host';
import {
  type Measurements,
  type Network,
  type Plan,
  type Result,
  type RunEvent,
  type Sabotage,
  seededRandom,
  type VerdictFile,
} from '@plugfest/model';
import { measureRun } from '@plugfest/quality';
import { writeReport } from '@plugfest/report';
import {
  commentPackets,
  describeEnvironment,
  expand,
  judge,
  loadScenario,
  measureStreams,
  missingRequirements,
  NotSupported,
  performRun,
  RunDirectory,
  type ScenarioDefinition,
  type ScenarioFile,
  type StageWatch,
  unsupportedNeeds,
} from '@plugfest/scenario';
import { BadUse } from './bad-use.ts';
import { markAsEnded, markAsRunning } from './running-mark.ts';
import { VERSION } from './version.ts';

export { BadUse };

export interface RunOptions {
  readonly reportsDir: string;
  /** Drawn where absent. */
  readonly seed?: number;
  readonly sabotage: readonly Sabotage[];
  /** By participant, instead of what the scenario says. */
  readonly networks?: Readonly<Record<string, Network>>;
  /** Address of a conference that is not our bridge's. */
  readonly bridge?: string;
  readonly satisfied: boolean;
  /** What is run, where the file holds many: a matrix's row. The file's own scenario where absent. */
  readonly given?: Given;
  readonly signal: AbortSignal;
  readonly onStep: (text: string) => void;
  /** Who looks on. */
  readonly watch?: (directory: RunDirectory) => StageWatch | undefined;
}

export interface Given {
  readonly definition: ScenarioDefinition;
  readonly command: string;
  /** Of a matrix. */
  readonly row?: Readonly<Record<string, string>>;
}

/**
 * One way through: scenario → plan → run → evidence → measure → judge → report. Never throws for what happens during the run: that is the
 * verdict `error`, with its reason.
 */
export async function runScenario(file: ScenarioFile, options: RunOptions): Promise<VerdictFile> {
  const stages = new Stages(options.onStep);
  const startedAt = new Date();
  const seed = options.seed ?? randomInt(2 ** 31);
  const runId = `${stampOf(startedAt)}-${file.id.replaceAll('/', '-')}-${seed.toString(36)}`;
  const loaded = await planOf(file, { seed, runId, createdAt: startedAt.toISOString() }, options);
  const directory = RunDirectory.create(options.reportsDir, runId);
  const draft: VerdictFile = {
    version: 1,
    id: runId,
    scenario: file.id,
    title: loaded.ok ? loaded.value.plan.scenario.title : file.id,
    verdict: 'error',
    reason: 'the run did not finish: it was killed, or the machine stopped',
    seed,
    startedAt: startedAt.toISOString(),
    durationMs: 0,
    reportDir: directory.path,
    checks: [],
    stagesMs: {},
  };
  // Written first, so that a run that is killed at any moment has said so already.
  markAsRunning(directory.path);
  if (loaded.ok) directory.writePlan(loaded.value.plan);
  directory.writeVerdict(draft);
  const outcome: Outcome = loaded.ok
    ? await outcomeOf(loaded.value, directory, stages, options.signal, options.watch?.(directory))
    : { verdict: 'error', checks: [], reason: loaded.error };
  const verdict: VerdictFile = {
    ...draft,
    reason: undefined,
    ...outcome,
    stagesMs: stages.done(),
    durationMs: stages.totalMs,
  };
  directory.writeVerdict(verdict);
  await writeReport(directory);
  markAsEnded(directory.path);
  return verdict;
}

interface Loaded {
  readonly definition: ScenarioDefinition;
  readonly plan: Plan;
}

/** A scenario that cannot be loaded is that run's error; the others still run. */
async function planOf(
  file: ScenarioFile,
  { seed, runId, createdAt }: { seed: number; runId: string; createdAt: string },
  options: RunOptions,
): Promise<Result<Loaded, string>> {
  try {
    const definition = options.given?.definition ?? (await loadScenario(file));
    const plan = expand(definition, {
      runId,
      scenarioId: file.id,
      file: file.path,
      seed,
      random: seededRandom(seed),
      createdAt,
      command: options.given ? `${options.given.command} --seed ${seed}` : commandOf(file, seed, options),
      sabotage: options.sabotage,
      ...(options.networks ? { networks: options.networks } : {}),
      ...(options.bridge === undefined ? {} : { bridge: options.bridge }),
      satisfied: options.satisfied,
      ...(options.given?.row ? { row: options.given.row } : {}),
      environment: await describeEnvironment(VERSION),
    });
    refuseUnknownParticipants(
      plan,
      '--sabotage',
      options.sabotage.map(({ participant }) => participant),
    );
    refuseUnknownParticipants(plan, '--network', Object.keys(options.networks ?? {}));
    return { ok: true, value: { definition, plan } };
  } catch (error) {
    if (error instanceof BadUse) throw error;
    sayStack(error);
    return { ok: false, error: `${file.path} cannot be run: ${messageOf(error)}` };
  }
}

type Outcome = Pick<VerdictFile, 'verdict' | 'checks' | 'reason'>;

async function outcomeOf(
  { definition, plan }: Loaded,
  directory: RunDirectory,
  stages: Stages,
  signal: AbortSignal,
  watch: StageWatch | undefined,
): Promise<Outcome> {
  const missing = await missingRequirements(plan);
  if (missing.length > 0) return { verdict: 'not-run', checks: [], reason: missing.join('\n') };
  const unsupported = unsupportedNeeds(plan);
  if (unsupported.length > 0) return { verdict: 'unsupported', checks: [], reason: unsupported.join('\n') };
  const work = async (): Promise<Outcome> => {
    await performRun(definition, plan, directory, {
      clock: hostClock,
      random: seededRandom(plan.seed),
      signal,
      onStage: (name) => stages.begin(name),
      ...(watch ? { watch } : {}),
    });
    signal.throwIfAborted();
    stages.begin('measure');
    const outcome = await measureAndJudge(directory, directory.readPlan(), directory.readEvents());
    // Whoever interrupts wants no verdict of it: `plugfest measure` and `judge` give one from the evidence.
    signal.throwIfAborted();
    return outcome;
  };
  const patience = patienceAfter(signal);
  try {
    return await Promise.race([work(), patience.over]);
  } catch (error) {
    if (signal.aborted) return { verdict: 'error', checks: [], reason: 'interrupted' };
    if (error instanceof NotSupported) return { verdict: 'unsupported', checks: [], reason: error.message };
    sayStack(error);
    return { verdict: 'error', checks: [], reason: `the harness failed: ${messageOf(error)}` };
  } finally {
    patience.forget();
  }
}

/** How long a run that is interrupted may take to hang up and close. What is alive then is ended by the warden, when we exit. */
const PATIENCE_MS = 2000;

/** Rejects `PATIENCE_MS` after the signal is aborted. */
function patienceAfter(signal: AbortSignal): { over: Promise<never>; forget: () => void } {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    timer = setTimeout(() => reject(signal.reason), PATIENCE_MS);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const forget = (): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  };
  return { over: promise, forget };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function sayStack(error: unknown): void {
  if (process.env.PLUGFEST_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
}

async function measureAndJudge(directory: RunDirectory, plan: Plan, events: RunEvent[]): Promise<Outcome> {
  const measurements = await measureEvidence(directory, plan, events);
  directory.writeMeasurements(measurements);
  const outcome = judge({ plan, events, measurements });
  await commentPackets(directory, outcome.checks);
  return outcome;
}

/** What was seen and heard, and what the packets are. */
export async function measureEvidence(directory: RunDirectory, plan: Plan, events: RunEvent[]): Promise<Measurements> {
  const measurements = await measureRun(directory.path, plan, events);
  const capture = directory.file('captures/run.pcapng');
  if (!existsSync(capture)) return measurements;
  return { ...measurements, streams: measureStreams(plan, events, await readFile(capture)) };
}

function refuseUnknownParticipants(plan: Plan, option: string, asked: readonly string[]): void {
  const known = plan.participants.map(({ id }) => id);
  for (const participant of asked) {
    if (known.includes(participant)) continue;
    throw new BadUse(
      `${option}: no participant “${participant}” in ${plan.scenario.id}; there are: ${known.join(', ')}`,
    );
  }
}

function commandOf(
  file: ScenarioFile,
  seed: number,
  { sabotage, satisfied, networks = {}, bridge }: RunOptions,
): string {
  const broken = sabotage.map(({ participant, kind, amount }) => {
    const suffix = amount === undefined ? '' : kind === 'loss' ? `=${amount * 100}%` : `=${amount}ms`;
    return ` --sabotage ${participant}:${kind}${suffix}`;
  });
  const behind = Object.entries(networks).map(([participant, { profile }]) => ` --network ${participant}:${profile}`);
  const elsewhere = bridge === undefined ? [] : [` --bridge '${bridge}'`];
  const rest = [...broken, ...behind, ...elsewhere].join('');
  return `./plugfest run scenarios/${file.id} --seed ${seed}${satisfied ? ' --satisfied' : ''}${rest}`;
}

/** `20261123-050312`: sorts by time, safe in file names. */
function stampOf(date: Date): string {
  return date.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
}

/** Where the time goes: one stage at a time. */
class Stages {
  readonly #onStep: (text: string) => void;
  readonly #ms: Record<string, number> = {};
  readonly #startedMs = performance.now();
  #stage = 'set-up';
  #sinceMs = performance.now();

  constructor(onStep: (text: string) => void) {
    this.#onStep = onStep;
  }

  get totalMs(): number {
    return Math.round(performance.now() - this.#startedMs);
  }

  begin(stage: string): void {
    const nowMs = performance.now();
    this.#ms[this.#stage] = Math.round((this.#ms[this.#stage] ?? 0) + nowMs - this.#sinceMs);
    this.#stage = stage;
    this.#sinceMs = nowMs;
    this.#onStep(stage);
  }

  done(): Record<string, number> {
    this.begin('done');
    return this.#ms;
  }
}
