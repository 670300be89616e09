import { describe, expect, test } from 'vitest';
import { PlayoutQueue } from './playout-queue.ts';

const TICK = 960;
const ramp = (from: number, length: number): Int16Array => Int16Array.from({ length }, (_, at) => from + at);

describe('sound that waits to be mixed', () => {
  test('comes out in ticks, whatever the packets’ length', () => {
    const queue = new PlayoutQueue();
    queue.push(ramp(0, 480));
    expect(queue.take()).toBeUndefined();
    queue.push(ramp(480, 1440));
    expect(queue.take()).toEqual(ramp(0, TICK));
    expect(queue.take()).toEqual(ramp(TICK, TICK));
    expect(queue.take()).toBeUndefined();
  });

  test('keeps a packet that is longer than all that may wait', () => {
    const queue = new PlayoutQueue();
    queue.push(ramp(0, 7 * TICK));
    expect(queue.take()).toEqual(ramp(0, TICK));
    expect(queue.length).toBe(6 * TICK);
  });

  test('gives the oldest up where too much waits', () => {
    const queue = new PlayoutQueue();
    for (let packet = 0; packet < 10; packet++) queue.push(ramp(packet * TICK, TICK));
    expect(queue.length).toBeLessThanOrEqual(5 * TICK);
    expect(queue.take()?.[0]).toBe(5 * TICK);
  });

  test('gets rid of what waits without being needed, and only of that', () => {
    const queue = new PlayoutQueue();
    for (let packet = 0; packet < 3; packet++) queue.push(ramp(0, TICK));
    for (let tick = 0; tick < 60; tick++) {
      queue.push(ramp(0, TICK));
      expect(queue.take()).toBeDefined();
    }
    expect(queue.length).toBeLessThan(TICK);
  });

  test('keeps what packets of 60 ms need', () => {
    const queue = new PlayoutQueue();
    let missed = 0;
    for (let tick = 0; tick < 300; tick++) {
      if (tick % 3 === 0) queue.push(ramp(0, 3 * TICK));
      if (!queue.take()) missed++;
    }
    expect(missed).toBe(0);
  });
});
