import type { Measurements, Plan, RunEvent } from '@plugfest/model';

/** Called as viewers are done: `done` of `total`, and whose capture was just measured. */
export type MeasureProgress = (progress: { done: number; total: number; viewer: string }) => void;

export declare function measureRun(
  dir: string,
  plan: Plan,
  events: readonly RunEvent[],
  progress?: MeasureProgress,
): Promise<Measurements>;
