import { expect, test } from 'vitest';
import type { Signalling } from './participant.ts';
import { companionsOf, presenceOf } from './presence.ts';

interface Row {
  readonly id: string;
  readonly uri: string;
  readonly signalling: Signalling;
}

const ROWS: readonly Row[] = [
  { id: 'speaks', uri: 'sip:carla@web.example', signalling: 'whip' },
  { id: 'looks-on', uri: 'sip:carla@web.example', signalling: 'whep' },
  { id: 'stranger', uri: 'sip:dora@web.example', signalling: 'whep' },
  { id: 'phone', uri: 'sip:carla@web.example', signalling: 'sip' },
];
const here = new Map<string, Row>(ROWS.map((row) => [row.id, row]));
const row = (id: string): Row => here.get(id) as Row;

test('who looks on is there by the session in which the same person speaks', () => {
  expect(ROWS.map((each) => presenceOf(each, here))).toEqual(['speaks', 'speaks', 'stranger', 'phone']);
});

test('of two sessions to speak by the later counts: the earlier one is about to be noticed as gone', () => {
  const again = { ...row('speaks'), id: 'speaks-again' };
  const both = new Map([...here, [again.id, again]]);
  expect(presenceOf(row('looks-on'), both)).toBe('speaks-again');
});

test('sessions of one person go together, but a phone of the same address is somebody of its own', () => {
  const ids = (id: string): string[] => companionsOf(row(id), here).map((each) => each.id);
  expect([ids('speaks'), ids('looks-on'), ids('stranger'), ids('phone')]).toEqual([
    ['speaks', 'looks-on'],
    ['speaks', 'looks-on'],
    ['stranger'],
    ['phone'],
  ]);
});
