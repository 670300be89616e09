import type { Clock } from '@plugfest/model';

/** `setTimeout` takes a signed 32-bit number of milliseconds and fires at once beyond it. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** The run's clock: CLOCK_MONOTONIC in microseconds, equal in all processes of the host; a step of the wall clock does not move it. */
export const hostClock: Clock = {
  nowUs: () => Number(process.hrtime.bigint() / 1000n),
  schedule: (delayMs, run) => {
    const timeout = setTimeout(run, Math.min(Math.max(delayMs, 0), LONGEST_TIMEOUT_MS));
    return { cancel: () => clearTimeout(timeout) };
  },
};
