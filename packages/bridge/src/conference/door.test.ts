import { describe, expect, test } from 'vitest';
import { DigitCollector } from './digit-collector.ts';
import { type DoorPolicy, entranceFor, PinEntry, refusesCalls, roleOfPin, roleWithoutPin } from './door.ts';

const both: DoorPolicy = { access: 'open', hostPin: '1234', guestPin: '99' };

describe('a PIN', () => {
  test.each<[string, DoorPolicy, pin: string, string | undefined]>([
    ['of the host', both, '1234', 'host'],
    ['of guests', both, '99', 'guest'],
    ['that is none', both, '98', undefined],
    ['left out where guests have one', both, '', undefined],
    ['left out where guests have none', { access: 'open', hostPin: '1234' }, '', 'guest'],
    ['of a room where all are equal', { access: 'open', guestPin: '99' }, '99', 'host'],
    ['of a room where all are equal, with a lobby', { access: 'lobby', guestPin: '99' }, '99', 'guest'],
  ])('%s', (_, policy, pin, role) => expect(roleOfPin(policy, pin)).toBe(role));

  test('ends with #, or with as many keys as the longest has; * begins anew', () => {
    const entry = new PinEntry(both);
    const enter = (keys: string) => [...keys].map((key) => entry.press(key));
    expect(enter('99#')).toEqual([undefined, undefined, '99']);
    expect(enter('1234')).toEqual([undefined, undefined, undefined, '1234']);
    expect(enter('12*99#').at(-1)).toBe('99');
    expect(enter('#')).toEqual(['']);
    expect(entry.length).toBe(0);
  });
});

describe('the door', () => {
  test.each<[DoorPolicy, 'host' | 'guest', isHostThere: boolean, string]>([
    [both, 'host', false, 'enter'],
    [both, 'guest', false, 'wait-for-host'],
    [both, 'guest', true, 'enter'],
    [{ ...both, access: 'lobby' }, 'guest', true, 'wait-to-be-let-in'],
    [{ ...both, access: 'lobby' }, 'host', false, 'enter'],
    [{ ...both, access: 'locked' }, 'guest', true, 'refuse'],
    [{ ...both, access: 'locked' }, 'host', false, 'enter'],
    [{ access: 'open' }, 'guest', false, 'enter'],
  ])('%j: a %s, host there %s: %s', (policy, role, isHostThere, entrance) => {
    expect(entranceFor(policy, role, isHostThere)).toBe(entrance);
  });

  test('refuses calls at once only where no PIN could open it', () => {
    expect(refusesCalls({ access: 'locked' })).toBe(true);
    expect(refusesCalls({ ...both, access: 'locked' })).toBe(false);
    expect(refusesCalls({ access: 'lobby' })).toBe(false);
    expect(roleWithoutPin({ access: 'open' })).toBe('host');
    expect(roleWithoutPin({ access: 'lobby' })).toBe('guest');
  });
});

describe('a pressed key', () => {
  test('counts once when it comes by both ways, and twice when it is pressed twice', () => {
    const collector = new DigitCollector();
    const press = (digit: string, way: 'info' | 'telephone-event', ms: number) => collector.take(digit, way, ms * 1000);
    expect(press('5', 'info', 0)).toBe(true);
    expect(press('5', 'telephone-event', 300)).toBe(false);
    expect(press('5', 'telephone-event', 600)).toBe(true);
    expect(press('5', 'info', 700)).toBe(false);
    expect(press('5', 'info', 900)).toBe(true);
    expect(press('5', 'info', 1000)).toBe(true);
    expect(press('6', 'telephone-event', 1100)).toBe(true);
    expect(press('6', 'info', 4000)).toBe(true);
  });
});
