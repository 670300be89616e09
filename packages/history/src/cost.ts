import type { MatrixRun } from './attempt.ts';

/** What a run took. */
export interface Cost {
  readonly attempts: number;
  /** Attempts beyond each cell's first. */
  readonly repeats: number;
  readonly machineMs: number;
  /** Absent where an attempt does not say. */
  readonly cpuMs?: number;
  readonly evidenceBytes?: number;
}

export function costOf({ attempts }: MatrixRun): Cost {
  const total = (of: 'cpuMs' | 'evidenceBytes'): number | undefined =>
    attempts.reduce<number | undefined>((sum, each) => plus(sum, each[of]), 0);
  const [cpuMs, evidenceBytes] = [total('cpuMs'), total('evidenceBytes')];
  return {
    attempts: attempts.length,
    repeats: attempts.filter(({ attempt }) => attempt > 1).length,
    machineMs: attempts.reduce((sum, { durationMs }) => sum + durationMs, 0),
    ...(cpuMs === undefined ? {} : { cpuMs }),
    ...(evidenceBytes === undefined ? {} : { evidenceBytes }),
  };
}

function plus(sum: number | undefined, more: number | undefined): number | undefined {
  return sum === undefined || more === undefined ? undefined : sum + more;
}
