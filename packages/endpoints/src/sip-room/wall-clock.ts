import type { Clock } from '@plugfest/model';

/**
 * Unix time minus the run's clock, in microseconds: what ffmpeg's stamps (CLOCK_REALTIME) are put onto the run's clock with. `Date.now()` counts
 * whole milliseconds, so this waits (up to one) for the next to begin; good to some 20 µs on an idle machine, and never wrong by more than a
 * millisecond.
 */
export function wallClockOffsetUs(clock: Clock): number {
  const before = Date.now();
  let now = before;
  while (now === before) now = Date.now();
  return now * 1000 - clock.nowUs();
}
