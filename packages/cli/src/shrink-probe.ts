import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hostClock } from '@plugfest/host';
import { type Check, type Plan, type RunEvent, seededRandom } from '@plugfest/model';
import { measureRun } from '@plugfest/quality';
import {
  definitionOf,
  expand,
  judge,
  measureStreams,
  performRun,
  RunDirectory,
  type ScriptedScenario,
} from '@plugfest/scenario';
import { isOfTheWire } from './recurrence.ts';

export interface ProbeOptions {
  /** Where probes leave their evidence, until they are judged. */
  readonly directory: string;
  readonly plan: Plan;
  /** The check that must fail again. */
  readonly check: string;
  readonly signal: AbortSignal;
}

/** Runs a scenario as cheaply as its check allows. True where that check fails; a run that cannot be carried out proves nothing. */
export async function failsAgain(script: ScriptedScenario, number: number, options: ProbeOptions): Promise<boolean> {
  const { plan: original, check, signal } = options;
  const definition = definitionOf(script);
  const directory = new RunDirectory(join(options.directory, String(number)));
  const plan = expand(definition, {
    ...{ runId: `probe-${number}`, scenarioId: original.scenario.id, file: original.scenario.file },
    ...{ seed: original.seed, random: seededRandom(original.seed), createdAt: original.createdAt, command: '' },
    ...{ sabotage: [], satisfied: false, environment: {} },
  });
  try {
    directory.make();
    directory.writePlan(plan);
    await performRun(definition, plan, directory, {
      clock: hostClock,
      random: seededRandom(plan.seed),
      signal,
      onStage: () => {},
    });
    const checks = await checksOf(directory, plan, check);
    return checks.some(({ id, verdict }) => id === check && verdict === 'fail');
  } catch {
    return false;
  } finally {
    rmSync(directory.path, { recursive: true, force: true });
  }
}

async function checksOf(directory: RunDirectory, plan: Plan, check: string): Promise<Check[]> {
  const events = directory.readEvents();
  const measured = isOfTheWire(check) ? events.filter(({ type }: RunEvent) => type !== 'media.started') : events;
  const streams = measureStreams(plan, events, await readFile(directory.file('captures/run.pcapng')));
  const measurements = { ...(await measureRun(directory.path, plan, measured)), streams };
  return judge({ plan, events, measurements }).checks;
}
