import { parentPort, workerData } from 'node:worker_threads';
import type { Plan, ViewerMeasurement } from '@plugfest/model';
import { openSources } from './open-sources.ts';
import type { RunFacts } from './run-facts.ts';
import { measureViewer } from './viewer-measurement.ts';

/** What a worker is started with; viewers come one by one as messages. */
export interface WorkerTask {
  readonly dir: string;
  readonly plan: Plan;
  readonly facts: RunFacts;
}

export type WorkerAnswer = { readonly measured: ViewerMeasurement } | { readonly failed: string };

const { dir, plan, facts } = workerData as WorkerTask;
const opened = openSources(plan, facts.joined);

parentPort?.on('message', async (viewer: string) => {
  let answer: WorkerAnswer;
  try {
    answer = { measured: await measureViewer(dir, plan, facts, viewer, await opened) };
  } catch (error) {
    answer = { failed: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  parentPort?.postMessage(answer);
});
