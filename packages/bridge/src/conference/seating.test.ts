import type { LayoutName } from '@plugfest/model';
import { expect, test } from 'vitest';
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
  expect(seatsOf(layout, viewer, participants, speakers)).toEqual(seats);
});
