import { NotSupported } from '@plugfest/endpoints';
import { raisedPriority } from '@plugfest/host';
import type { Plan } from '@plugfest/model';
import type { ScenarioDefinition } from '../definition.ts';
import { EventLog } from '../event-log.ts';
import type { RunDirectory } from '../run-directory.ts';
import { openSet } from './open-set.ts';
import { uncachedSources } from './requirements.ts';
import type { RunContext } from './run-context.ts';
import { stageOf } from './stage.ts';
import { tellWatched } from './watched-stage.ts';

/**
 * Carries a plan out and leaves evidence: events, captures, packets. Judges nothing; what participants do is written down, whatever it is.
 * @throws where the harness itself fails or the signal is aborted; all that was started is closed by then.
 */
export async function performRun(
  definition: ScenarioDefinition,
  plan: Plan,
  directory: RunDirectory,
  context: RunContext,
): Promise<void> {
  context.onStage('start');
  const uncached = uncachedSources(plan).length;
  if (uncached > 0) context.onStage(`preparing pictures and speech of ${uncached} participants (first time only)`);
  using priority = raisedPriority();
  await using resources = new AsyncDisposableStack();
  const log = resources.adopt(new EventLog(directory.file('events.jsonl'), context.clock), (open) => open.close());
  log.emit('run.started', undefined, { runId: plan.runId, seed: plan.seed, raisedPriority: priority.raised });
  try {
    const aborted = abortion(context.signal);
    resources.defer(() => aborted.forget());
    const set = await Promise.race([openSet(definition, plan, directory, context, log, resources), aborted.promise]);
    const stage = stageOf(definition, plan, set, context, log);
    await Promise.race([tellWatched(definition.steps, stage, context.watch), aborted.promise]);
    await Promise.all(set.actors.map((actor) => actor.hangsUp()));
    set.recordWireStatistics();
    log.emit('run.finished');
  } catch (error) {
    const type = error instanceof NotSupported ? 'run.unsupported' : 'harness.error';
    log.emit(type, undefined, { message: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}

/** Rejects when the signal is aborted. */
function abortion(signal: AbortSignal): { promise: Promise<never>; forget: () => void } {
  let onAbort = (): void => {};
  const promise = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
  promise.catch(() => {});
  return { promise, forget: () => signal.removeEventListener('abort', onAbort) };
}
