import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Health, Outcome } from './cell.ts';

export interface HealthLimits {
  readonly stealShare: number;
  readonly clockStepMs: number;
  readonly lagMs: number;
  /** A CPU that is always wanted is no harm by itself: only together with timers that are late. */
  readonly pressed: { readonly cpuPressure: number; readonly lagMs: number };
}

/** Beyond these a measurement of media says more of the machine than of an endpoint. */
export const HEALTH_LIMITS: HealthLimits = {
  stealShare: 0.1,
  clockStepMs: 100,
  lagMs: 100,
  pressed: { cpuPressure: 0.9, lagMs: 25 },
};

/** What is wrong, one sentence each. */
export function ailmentsOf(
  { stealShare = 0, cpuPressure = 0, clockStepMs, lagMs }: Health,
  limits: HealthLimits = HEALTH_LIMITS,
): string[] {
  const { pressed } = limits;
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  return [
    ...(stealShare > limits.stealShare
      ? [`CPU steal was ${percent(stealShare)} (limit ${percent(limits.stealShare)})`]
      : []),
    ...(cpuPressure > pressed.cpuPressure && lagMs > pressed.lagMs
      ? [
          `processes waited for a CPU in ${percent(cpuPressure)} of the time and timers were ${lagMs.toFixed(0)} ms late (limit for both ${percent(pressed.cpuPressure)} and ${pressed.lagMs} ms)`,
        ]
      : []),
    ...(Math.abs(clockStepMs) > limits.clockStepMs
      ? [`the wall clock stepped by ${clockStepMs.toFixed(0)} ms (limit ${limits.clockStepMs} ms)`]
      : []),
    ...(lagMs > limits.lagMs ? [`timers were ${lagMs.toFixed(0)} ms late (limit ${limits.lagMs} ms)`] : []),
  ];
}

/** On a worker that was not well, what speaks against an endpoint is the harness's `error`, with what both said. What passed in spite of it passed. */
export function judgeByHealth(outcome: Outcome, health: Health, limits: HealthLimits = HEALTH_LIMITS): Outcome {
  const ailments = ailmentsOf(health, limits);
  if (ailments.length === 0 || (outcome.verdict !== 'fail' && outcome.verdict !== 'inconclusive')) return outcome;
  const said = outcome.reason ? `${outcome.verdict}: ${outcome.reason}` : outcome.verdict;
  return {
    ...outcome,
    verdict: 'error',
    reason: `the worker was not well while this ran: ${ailments.join('; ')}. The cell itself said ${said}`,
  };
}

const LAG_RESOLUTION_MS = 10;

/** Looks after this machine from now on, until it is asked. */
export function watchHealth(): { readonly end: () => Health } {
  const lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  lag.enable();
  const [cpu, waitedMs, sinceMs] = [cpuTimes(), cpuWaits(), performance.now()];
  const offsetMs = Date.now() - sinceMs;
  return {
    end: () => {
      lag.disable();
      const stealShare = shareOfSteal(cpu, cpuTimes());
      // The histogram holds the whole interval, the part that was asked for included.
      const p99Ms = lag.count === 0 ? 0 : Math.max(0, lag.percentile(99) / 1e6 - LAG_RESOLUTION_MS);
      const clockStepMs = Date.now() - performance.now() - offsetMs;
      const waited = cpuWaits();
      const cpuPressure =
        waited === undefined || waitedMs === undefined
          ? undefined
          : (waited - waitedMs) / (performance.now() - sinceMs);
      return {
        ...(stealShare === undefined ? {} : { stealShare }),
        ...(cpuPressure === undefined ? {} : { cpuPressure }),
        clockStepMs,
        lagMs: p99Ms,
      };
    },
  };
}

interface CpuTimes {
  readonly total: number;
  readonly steal: number;
}

function cpuTimes(): CpuTimes | undefined {
  try {
    return parseCpuTimes(readFileSync('/proc/stat', 'utf8'));
  } catch {
    return undefined;
  }
}

/** The first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal; guests are in user already. @see proc_stat(5) */
export function parseCpuTimes(text: string): CpuTimes | undefined {
  const [name, ...columns] = (text.split('\n')[0] ?? '').trim().split(/\s+/);
  const times = columns.slice(0, 8).map(Number);
  if (name !== 'cpu' || times.length < 8 || times.some((time) => !Number.isFinite(time))) return undefined;
  return { total: times.reduce((sum, time) => sum + time, 0), steal: times[7] ?? 0 };
}

/** Milliseconds in which somebody waited for a CPU, since the system started. @see the kernel's documentation, accounting/psi */
function cpuWaits(): number | undefined {
  try {
    return parseCpuWaits(readFileSync('/proc/pressure/cpu', 'utf8'));
  } catch {
    return undefined;
  }
}

export function parseCpuWaits(text: string): number | undefined {
  const totalUs = /^some .*\btotal=(\d+)/m.exec(text)?.[1];
  return totalUs === undefined ? undefined : Number(totalUs) / 1000;
}

function shareOfSteal(before: CpuTimes | undefined, after: CpuTimes | undefined): number | undefined {
  if (!before || !after || after.total <= before.total) return undefined;
  return (after.steal - before.steal) / (after.total - before.total);
}
