import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Measured, Measurements, Plan, RunEvent, ViewerMeasurement } from '@plugfest/model';
import { notMeasured } from './distribution.ts';
import { openSources } from './open-sources.ts';
import { factsOf, type RunFacts } from './run-facts.ts';
import { measureViewer } from './viewer-measurement.ts';
import type { WorkerAnswer, WorkerTask } from './viewer-worker.ts';

/** Called as each viewer is done. */
export type MeasureProgress = (progress: { done: number; total: number; viewer: string }) => void;

/** Viewers measured at a time. */
const WORKERS = 2;
/** Less than this, all viewers together, is measured sooner here than a worker is started. */
const WORTH_A_WORKER_US = 6_000_000;

/**
 * Measures what every participant who joined saw and heard between `media.started` and `media.stopped`: reads `captures/<id>.mkv` under `dir`,
 * writes `pictures/<id>.png`. Needs the events `participant.joined`, `participant.refused`, `source.started`, `view.changed`, `wire.stats`;
 * what is missing is not measured and says so. Captures that are missing, cut or empty end in `capture.fault`.
 * @throws where the harness itself fails (a worker dies, the disk is full).
 */
export async function measureRun(
  dir: string,
  plan: Plan,
  events: readonly RunEvent[],
  progress?: MeasureProgress,
): Promise<Measurements> {
  const facts = factsOf(plan, events);
  const total = facts.joined.length;
  const done = new Map<string, ViewerMeasurement>();
  const finish = (viewer: string, measured: ViewerMeasurement): void => {
    done.set(viewer, measured);
    progress?.({ done: done.size, total, viewer });
  };
  const viewers = facts.mediaEndUs > facts.mediaStartUs ? [...facts.joined] : [];
  if (viewers.length * (facts.mediaEndUs - facts.mediaStartUs) <= WORTH_A_WORKER_US) {
    await measureHere(dir, plan, facts, viewers, finish);
  } else await measureInWorkers({ dir, plan, facts }, viewers, finish);
  return {
    version: 1,
    runId: plan.runId,
    mediaStartUs: facts.mediaStartUs,
    mediaEndUs: facts.mediaEndUs,
    joined: [...facts.joined],
    refusals: [...facts.refusals],
    viewers: facts.joined.flatMap((viewer) => done.get(viewer) ?? []),
    harness: { cpuLoad: loadOf(facts.load) },
  };
}

/** What the machine had to do besides: late pictures of a busy machine are the harness's, not the endpoint's. */
function loadOf(load: RunFacts['load']): Measured {
  if (!load) return notMeasured('the run did not tell its load');
  const { busy, own, processors } = load;
  const method = `busy share of ${processors} processors while media were measured; of it by the harness’s own process: ${own.toFixed(2)}`;
  return { value: busy, unit: 'ratio', n: processors, low: Math.min(own, busy), high: Math.min(1, busy), method };
}

type Finish = (viewer: string, measured: ViewerMeasurement) => void;

async function measureHere(dir: string, plan: Plan, facts: RunFacts, viewers: string[], finish: Finish): Promise<void> {
  if (viewers.length === 0) return;
  const sources = await openSources(plan, facts.joined);
  for (const viewer of viewers) finish(viewer, await measureViewer(dir, plan, facts, viewer, sources));
}

async function measureInWorkers(task: WorkerTask, viewers: string[], finish: Finish): Promise<void> {
  const waiting = [...viewers];
  await Promise.all(
    Array.from({ length: Math.min(WORKERS, viewers.length) }, async () => {
      const worker = new Worker(new URL('./viewer-worker.ts', import.meta.url), { workerData: task });
      try {
        for (let viewer = waiting.shift(); viewer !== undefined; viewer = waiting.shift()) {
          finish(viewer, await ask(worker, viewer));
        }
      } finally {
        // After a failure the other worker begins nothing new either.
        waiting.length = 0;
        await worker.terminate();
      }
    }),
  );
}

async function ask(worker: Worker, viewer: string): Promise<ViewerMeasurement> {
  const gone = new AbortController();
  const onExit = (code: number): void => gone.abort(new Error(`the worker ended with code ${code}`));
  worker.once('exit', onExit);
  try {
    const answered = once(worker, 'message', { signal: gone.signal });
    worker.postMessage(viewer);
    const [answer] = (await answered) as [WorkerAnswer];
    if ('failed' in answer) throw new Error(answer.failed);
    return answer.measured;
  } catch (cause) {
    throw new Error(`measuring ${viewer} failed: ${gone.signal.reason ?? cause}`, { cause });
  } finally {
    worker.off('exit', onExit);
  }
}
