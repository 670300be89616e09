import { describe, expect, test } from 'vitest';
import { decisionOfRuns } from './repeated-decision.ts';
import { fail, notExercised, pass } from './requirement.ts';

const passes = (n: number) => Array.from({ length: n }, () => pass('12 pictures/s'));
const fails = (n: number) => Array.from({ length: n }, () => fail('7 pictures/s'));

describe('what several runs of a trial come to', () => {
  test.each([
    ['all of them pass', passes(3), 'pass', /^passed in 3\/3 \(44–100 %\)/],
    ['most fail', [...passes(1), ...fails(2)], 'fail', /^passed in 1\/3 \(6–79 %\); 7 pictures/],
    ['neither', [...passes(2), ...fails(1)], 'inconclusive', /^passed in 2\/3 \(21–94 %\); 7 pictures/],
    ['a half', [...passes(1), ...fails(1)], 'inconclusive', /^passed in 1\/2/],
    ['one only', fails(1), 'fail', /^7 pictures/],
    ['those that were not exercised do not count', [notExercised('no'), ...passes(2)], 'pass', /^passed in 2\/2/],
    ['none was exercised', [notExercised('no such call'), notExercised('x')], 'not-exercised', /^no such call/],
    ['none was run', [], 'not-exercised', /was not run/],
  ])('%s', (_, decisions, outcome, seen) => {
    expect(decisionOfRuns(decisions)).toMatchObject({ outcome, seen: expect.stringMatching(seen) });
  });
});
