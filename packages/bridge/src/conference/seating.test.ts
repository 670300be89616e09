import { LAYOUT_NAMES, type LayoutName } from '@plugfest/model';
import { describe, expect, test } from 'vitest';
import { seatsOf } from './seating.ts';

type Ids = readonly string[];
type Row = readonly [
  LayoutName,
  viewer: string,
  participants: Ids,
  speakers: Ids,
  seats: readonly (string | null)[],
  why: string,
];

const ROWS: readonly Row[] = [
  ['equal-2x2', 'a', ['a', 'b', 'c'], [], ['b', 'c', null, null], 'all others in order of joining, never oneself'],
  ['equal-2x2', 'a', ['a', 'b', 'c'], ['c'], ['b', 'c', null, null], 'nobody moves for a speaker who is seen'],
  [
    'equal-2x2',
    'a',
    ['a', 'b', 'c', 'd', 'e', 'f'],
    ['f'],
    ['b', 'c', 'd', 'f'],
    'a speaker beyond the seats takes the last',
  ],
  ['single', 'a', ['a', 'b', 'c'], ['c', 'b'], ['c'], 'the speaker'],
  ['single', 'c', ['a', 'b', 'c'], ['c', 'b'], ['b'], 'who speaks sees who spoke before'],
  ['single', 'a', ['a', 'b', 'c'], [], ['b'], 'the first while nobody has spoken'],
  [
    'one-plus-five',
    'a',
    ['a', 'b', 'c', 'd'],
    ['d'],
    ['d', 'b', 'c', null, null, null],
    'the speaker on the large seat',
  ],
  ['one-plus-five', 'a', ['a'], ['a'], [null, null, null, null, null, null], 'nobody else is there'],
];

test.each(ROWS)('%s of %s among %j, speakers %j: %j (%s)', (layout, viewer, participants, speakers, seats) => {
  expect(seatsOf({ layout, viewer, participants, speakers })).toEqual(seats);
});

const crowd = Array.from({ length: 30 }, (_, at) => `p${at}`);

describe('the spotlight', () => {
  const spotlight = ['c', 'b'];
  test.each<[LayoutName, Ids, (string | null)[], why: string]>([
    ['equal-2x2', ['d'], ['c', 'b', 'd', null], 'is first among equals'],
    ['one-plus-five', ['d'], ['c', 'b', 'd', null, null, null], 'has the speaker’s seat, whoever speaks'],
    ['single', ['d'], ['c'], 'is all that is seen of one seat'],
  ])('in %s with speakers %j: %j (%s)', (layout, speakers, seats) => {
    expect(seatsOf({ layout, viewer: 'a', participants: ['a', 'b', 'c', 'd'], speakers, spotlight })).toEqual(seats);
  });

  test('does not show somebody to itself, nor who has left', () => {
    const plan = { layout: 'equal-2x2', participants: ['a', 'b'], speakers: [], spotlight: ['a', 'gone'] } as const;
    expect(seatsOf({ ...plan, viewer: 'a' })).toEqual(['b', null, null, null]);
    expect(seatsOf({ ...plan, viewer: 'b' })).toEqual(['a', null, null, null]);
  });
});

describe('the self-view', () => {
  test.each<[LayoutName, Ids, (string | null)[], why: string]>([
    ['equal-2x2', ['a', 'b'], ['b', 'a', null, null], 'behind the others'],
    ['equal-2x2', ['a', 'b', 'c', 'd', 'e'], ['b', 'c', 'd', 'a'], 'on the last seat where all are wanted'],
    ['single', ['a'], ['a'], 'alone'],
    ['single', ['a', 'b'], ['b'], 'never in place of the only other one'],
  ])('in %s among %j: %j (%s)', (layout, participants, seats) => {
    expect(seatsOf({ layout, viewer: 'a', participants, speakers: [], selfView: true })).toEqual(seats);
  });
});

test('of two seats for speakers each has one of those who spoke last', () => {
  const seats = seatsOf({
    layout: 'two-plus-twenty-one',
    viewer: 'p0',
    participants: crowd,
    speakers: ['p9', 'p0', 'p28'],
  });
  expect(seats.slice(0, 4)).toEqual(['p9', 'p28', 'p1', 'p2']);
  expect(new Set(seats).size).toBe(23);
});

test.each(LAYOUT_NAMES)('%s seats nobody twice and leaves no seat empty while somebody is not seen', (layout) => {
  for (let size = 1; size <= crowd.length; size++) {
    for (const selfView of [false, true]) {
      const participants = crowd.slice(0, size);
      const seats = seatsOf({ layout, viewer: 'p0', participants, speakers: [`p${size - 1}`], selfView });
      const taken = seats.filter((id) => id !== null);
      expect(new Set(taken).size).toBe(taken.length);
      expect(taken.length).toBe(Math.min(seats.length, selfView ? size : size - 1));
      if (size > 1) expect(taken).toContain(`p${size - 1}`);
    }
  }
});
