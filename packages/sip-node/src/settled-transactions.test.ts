import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { VirtualClock } from '@plugfest/model';
import { expect, test } from 'vitest';
import { SettledTransactions } from './settled-transactions.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

test('a response is given again, byte for byte, until its time is over; one timer serves all', () => {
  const clock = new VirtualClock();
  const settled = new SettledTransactions(clock, 32_000, 100);
  settled.add('bye', bytes('SIP/2.0 200 \xff\0'));
  clock.advanceMs(1000);
  settled.add('invite', undefined);
  expect(Buffer.from(settled.responseTo('bye') ?? []).toString('latin1')).toBe('SIP/2.0 200 \xff\0');
  expect([settled.has('invite'), settled.responseTo('invite'), settled.has('other')]).toEqual([true, undefined, false]);
  expect(clock.pending).toBe(1);
  clock.advanceMs(30_999);
  expect(settled.size).toBe(2);
  clock.advanceMs(200);
  expect([settled.has('bye'), settled.has('invite')]).toEqual([false, true]);
  clock.advanceMs(2000);
  expect([settled.size, clock.pending]).toEqual([0, 0]);
});

test('beyond the limit the oldest is forgotten', () => {
  const settled = new SettledTransactions(new VirtualClock(), 32_000, 2);
  for (const key of ['a', 'b', 'c']) settled.add(key, bytes(key));
  expect([settled.size, settled.has('a'), settled.has('c')]).toEqual([2, false, true]);
});

test('an entry keeps nothing of the message that its key was cut from', () => {
  const settled = new SettledTransactions(new VirtualClock(), 32_000, 10_000);
  globalThis.gc ??= setFlags();
  const heldBytes = (): number => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed;
  };
  const before = heldBytes();
  for (let n = 0; n < 2000; n++) {
    const message = `z9hG4bK-branch-number-${n} ${'x'.repeat(10_000)}`.split('').join('');
    settled.add(`${message.slice(0, 26)} 127.0.0.1:5060 BYE`, undefined);
  }
  expect((heldBytes() - before) / 2000).toBeLessThan(2000);
  expect(settled.size).toBe(2000);
});

/** The collector, in a process that was started without it. */
function setFlags(): NodeJS.GCFunction {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as NodeJS.GCFunction;
}
