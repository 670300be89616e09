import { randomInt } from 'node:crypto';
import { hostClock } from '@plugfest/host';
import { type Plan, type RunEvent, type Sabotage, seededRandom, type VerdictFile } from '@plugfest/model';
import { measureRun } from '@plugfest/quality';
import { writeReport } from '@plugfest/report';
import {
  describeEnvironment,
  expand,
  judge,
  loadScenario,
  missingRequirements,
  performRun,
  RunDirectory,
  type ScenarioFile,
} from '@plugfest/scenario';
import { VERSION } from './version.ts';

export interface RunOptions {
  readonly reportsDir: string;
  /** Drawn where absent. */
  readonly seed?: number;
  readonly sabotage: readonly Sabotage[];
  readonly satisfied: boolean;
  readonly signal: AbortSignal;
  readonly onStep: (text: string) => void;
}

/** Thrown where the command line asks for what cannot be. */
export class BadUse extends Error {
  readonly code = 'bad-use';
}

/**
 * One way through: scenario → plan → run → evidence → measure → judge → report. Never throws for what happens during the run: that is the
 * verdict `error`, with its reason.
 */
export async function runScenario(file: ScenarioFile, options: RunOptions): Promise<VerdictFile> {
  const stages = new Stages(options.onStep);
  const startedAt = new Date();
  const seed = options.seed ?? randomInt(2 ** 31);
  const definition = await loadScenario(file);
  const runId = `${stampOf(startedAt)}-${file.id.replaceAll('/', '-')}-${seed.toString(36)}`;
  const plan = expand(definition, {
    runId,
    scenarioId: file.id,
    file: file.path,
    seed,
    random: seededRandom(seed),
    createdAt: startedAt.toISOString(),
    command: commandOf(file, seed, options),
    sabotage: options.sabotage,
    satisfied: options.satisfied,
    environment: await describeEnvironment(VERSION),
  });
  refuseUnknownParticipants(plan);
  const directory = RunDirectory.create(options.reportsDir, runId);
  directory.writePlan(plan);
  const draft: VerdictFile = {
    version: 1,
    id: runId,
    scenario: file.id,
    title: plan.scenario.title,
    verdict: 'error',
    reason: 'the run did not finish',
    seed,
    startedAt: plan.createdAt,
    durationMs: 0,
    reportDir: directory.path,
    checks: [],
    stagesMs: {},
  };
  // Written first, so that a run that is killed at any moment has said so already.
  directory.writeVerdict(draft);
  const outcome = await outcomeOf(definition, plan, directory, stages, options.signal);
  const verdict: VerdictFile = {
    ...draft,
    reason: undefined,
    ...outcome,
    stagesMs: stages.done(),
    durationMs: stages.totalMs,
  };
  directory.writeVerdict(verdict);
  await writeReport(directory);
  return verdict;
}

type Outcome = Pick<VerdictFile, 'verdict' | 'checks' | 'reason'>;

async function outcomeOf(
  definition: Parameters<typeof performRun>[0],
  plan: Plan,
  directory: RunDirectory,
  stages: Stages,
  signal: AbortSignal,
): Promise<Outcome> {
  const missing = await missingRequirements(plan);
  if (missing.length > 0) return { verdict: 'not-run', checks: [], reason: missing.join('\n') };
  try {
    await performRun(definition, plan, directory, {
      clock: hostClock,
      random: seededRandom(plan.seed),
      signal,
      onStage: (name) => stages.begin(name),
    });
    stages.begin('measure');
    return await measureAndJudge(directory, directory.readPlan(), directory.readEvents());
  } catch (error) {
    const reason = signal.aborted
      ? 'interrupted'
      : `the harness failed: ${error instanceof Error ? error.message : String(error)}`;
    if (process.env.PLUGFEST_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    return { verdict: 'error', checks: [], reason };
  }
}

async function measureAndJudge(directory: RunDirectory, plan: Plan, events: RunEvent[]): Promise<Outcome> {
  const measurements = await measureRun(directory.path, plan, events);
  directory.writeMeasurements(measurements);
  return judge({ plan, events, measurements });
}

function refuseUnknownParticipants(plan: Plan): void {
  const known = plan.participants.map(({ id }) => id);
  for (const { participant } of plan.sabotage) {
    if (!known.includes(participant)) {
      throw new BadUse(
        `--sabotage: no participant “${participant}” in ${plan.scenario.id}; there are: ${known.join(', ')}`,
      );
    }
  }
}

function commandOf(file: ScenarioFile, seed: number, { sabotage, satisfied }: RunOptions): string {
  const broken = sabotage.map(({ participant, kind, amount }) => {
    const suffix = amount === undefined ? '' : kind === 'loss' ? `=${amount * 100}%` : `=${amount}ms`;
    return ` --sabotage ${participant}:${kind}${suffix}`;
  });
  return `./plugfest run scenarios/${file.id} --seed ${seed}${satisfied ? ' --satisfied' : ''}${broken.join('')}`;
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
