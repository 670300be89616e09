import { combinationsOf } from '@plugfest/history';
import { expect, test } from 'vitest';
import { DurationHistory, nextRow } from './matrix-schedule.ts';

const rows = [
  { a: '1', b: '1', c: '1' },
  { a: '1', b: '2', c: '2' },
  { a: '2', b: '1', c: '2' },
];

test('a row has its pairs, each once', () => {
  expect(combinationsOf(rows[0]!, 2)).toEqual(['a=1\nb=1', 'a=1\nc=1', 'b=1\nc=1']);
});

test('an estimate is the row’s own median, else its slowest value’s, else all rows’, else the default', () => {
  const history = new DurationHistory(5000);
  expect(history.estimateMs(rows[0]!)).toBe(5000);
  history.add(rows[0]!, 1000);
  history.add(rows[0]!, 3000);
  history.add(rows[0]!, 2000);
  history.add(rows[1]!, 9000);
  expect(history.estimateMs(rows[0]!)).toBe(2000);
  expect(history.estimateMs(rows[2]!)).toBe(9000);
  expect(history.estimateMs({ a: '9', b: '9', c: '9' })).toBe(3000);
});

test('the next row wins most new combinations for its time, and fits', () => {
  const history = new DurationHistory(1000);
  history.add(rows[0]!, 4000);
  history.add(rows[1]!, 1000);
  history.add(rows[2]!, 1000);
  expect(nextRow(rows, new Set(), 2, history, 10_000)).toBe(1);
  expect(nextRow(rows, new Set(combinationsOf(rows[1]!, 2)), 2, history, 10_000)).toBe(2);
  expect(nextRow(rows.slice(0, 1), new Set(), 2, history, 3999)).toBeUndefined();
});
