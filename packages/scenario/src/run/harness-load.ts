import { cpus } from 'node:os';

/** Shares of all processors, 0..1. */
export interface HarnessLoad {
  /** Whatever ran on the machine: endpoints, bridge, harness, others. */
  readonly busy: number;
  /** This process. */
  readonly own: number;
  readonly processors: number;
}

/** Begins to watch; the returned function says what the load has been since. */
export function watchLoad(): () => HarnessLoad {
  const [before, ownBefore, startedNs] = [totals(), process.cpuUsage(), process.hrtime.bigint()];
  return () => {
    const after = totals();
    const elapsedUs = Number(process.hrtime.bigint() - startedNs) / 1000;
    const { user, system } = process.cpuUsage(ownBefore);
    const processors = cpus().length;
    const spanMs = after.total - before.total;
    const share = (value: number): number => Number(Math.min(1, Math.max(0, value)).toFixed(3));
    return {
      busy: share(spanMs > 0 ? 1 - (after.idle - before.idle) / spanMs : 0),
      own: share((user + system) / (elapsedUs * processors)),
      processors,
    };
  };
}

function totals(): { total: number; idle: number } {
  let [total, idle] = [0, 0];
  for (const { times } of cpus()) {
    total += times.user + times.nice + times.sys + times.idle + times.irq;
    idle += times.idle;
  }
  return { total, idle };
}
