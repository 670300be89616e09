import type { Expectation, RunEvent } from '@plugfest/model';
import { describe, expect, it } from 'vitest';
import { judge } from './judge.ts';
import { goodTrace } from './trace-fixture.ts';

const found = (as: string, fault: string | null, noEvidence?: string): RunEvent => ({
  atUs: 1,
  type: 'exchange.found',
  data: { as, fault, ...(noEvidence === undefined ? {} : { noEvidence }) },
});

function verdictsOf(...events: RunEvent[]): string[] {
  const trace = structuredClone(goodTrace());
  const expectations: Expectation[] = [
    { rule: 'bug-is-absent', level: 'must' },
    { rule: 'bad-peer-is-caught', level: 'must' },
  ];
  return judge({ ...trace, plan: { ...trace.plan, expectations }, events }).checks.map(({ verdict }) => verdict);
}

describe('the rules of bugs', () => {
  it.each([
    ['an absent bug and a caught peer', [found('reference', null), found('bad-peer', 'port 0')], ['pass', 'pass']],
    ['a bridge that has it', [found('reference', 'port 0'), found('bad-peer', 'port 0')], ['fail', 'pass']],
    ['a look that sees nothing', [found('reference', null), found('bad-peer', null)], ['pass', 'fail']],
    [
      'a peer that kept silent',
      [found('reference', null), found('bad-peer', null, 'no answer')],
      ['pass', 'inconclusive'],
    ],
    ['a bridge that kept silent', [found('reference', null, 'none'), found('bad-peer', 'x')], ['inconclusive', 'pass']],
    ['no second conversation', [found('reference', null)], ['pass', 'inconclusive']],
  ])('%s', (_, events, verdicts) => {
    expect(verdictsOf(...events)).toEqual(verdicts);
  });
});
