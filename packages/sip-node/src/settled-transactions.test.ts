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
