import { type Clock, VirtualClock } from '@plugfest/model';
import { expect, test } from 'vitest';
import { Ticker } from './ticker.ts';

test('keeps its rate over a long time', () => {
  const clock = new VirtualClock();
  let ticks = 0;
  new Ticker(clock, { periodMs: 1000 / 15, makeUp: 0 }, () => ticks++);
  clock.advanceMs(60_000);
  expect(ticks).toBe(900);
});

test.each([
  [0, [20, 100, 120], 'pictures: the newest only'],
  [2, [20, 60, 80, 100, 120], 'two before the newest'],
  [10, [20, 40, 60, 80, 100, 120], 'sound: all are made up for'],
])('after a stall, with %i to make up, ticks are due at %j ms (%s)', (makeUp, expected) => {
  const clock = new VirtualClock();
  const stalling = stallable(clock);
  const due: number[] = [];
  new Ticker(stalling.clock, { periodMs: 20, makeUp }, (dueUs) => {
    due.push(dueUs / 1000);
    if (due.length === 1) stalling.stallMs(80);
  });
  clock.advanceMs(40);
  expect(due).toEqual(expected);
});

test('stops, also from within a tick', () => {
  const clock = new VirtualClock();
  let ticks = 0;
  const ticker = new Ticker(clock, { periodMs: 20, makeUp: 0 }, () => {
    if (++ticks === 2) ticker.stop();
  });
  clock.advanceMs(1000);
  expect(ticks).toBe(2);
  expect(clock.pending).toBe(0);
});

/** A clock whose user can be held up: time passes and no timer fires. */
function stallable(clock: VirtualClock): { readonly clock: Clock; stallMs(delayMs: number): void } {
  let aheadUs = 0;
  return {
    clock: { nowUs: () => clock.nowUs() + aheadUs, schedule: (delayMs, run) => clock.schedule(delayMs, run) },
    stallMs: (delayMs) => {
      aheadUs += delayMs * 1000;
    },
  };
}
