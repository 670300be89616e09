import type { Check, VerdictFile } from '@plugfest/model';
import { describe, expect, test } from 'vitest';
import { reproductionOf } from './recurrence.ts';

function verdictOf(...failed: string[]): VerdictFile {
  const checks = failed.map((id) => ({ id, title: id, level: 'must', verdict: 'fail' }) as Check);
  const soft = { id: 'picture-quality:a:b', title: '', level: 'should', verdict: 'fail' } as Check;
  return { verdict: failed.length > 0 ? 'fail' : 'pass', checks: [...checks, soft] } as unknown as VerdictFile;
}
const WIRE = 'h264-packetization:room:sent:video';
const SEEN = 'sees:webrtc:room';

describe('what came again', () => {
  const runs = [
    ...Array.from({ length: 3 }, () => verdictOf(WIRE, SEEN)),
    ...Array.from({ length: 7 }, () => verdictOf(WIRE)),
  ];

  test('is judged by what failed in messages and packets; what people saw of it is told apart', () => {
    const { rows, reproduced } = reproductionOf(verdictOf(WIRE, SEEN), runs);
    expect(reproduced).toEqual(Array.from({ length: 10 }, () => true));
    expect(rows).toMatchObject([
      { check: WIRE, isJudged: true, failed: { passed: 10, of: 10, high: 1 } },
      { check: SEEN, isJudged: false, failed: { passed: 3, of: 10 } },
    ]);
    expect(rows[0]?.failed.low).toBeCloseTo(0.722, 3);
  });

  test('is judged by what is asked for', () => {
    expect(reproductionOf(verdictOf(WIRE, SEEN), runs, [SEEN]).reproduced.filter(Boolean)).toHaveLength(3);
  });

  test('is judged by all that failed where nothing failed in messages and packets', () => {
    const both = verdictOf(SEEN, 'hears:a:b');
    expect(reproductionOf(both, [both, verdictOf(SEEN), verdictOf('hears:a:b')]).reproduced).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('is the verdict where nothing failed; what is new is listed', () => {
    const { rows, reproduced } = reproductionOf(verdictOf(), [verdictOf(), verdictOf(WIRE)]);
    expect(reproduced).toEqual([true, false]);
    expect(rows).toMatchObject([{ check: WIRE, failedThen: false, isJudged: false }]);
  });
});
