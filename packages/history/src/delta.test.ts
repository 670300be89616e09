import { describe, expect, test } from 'vitest';
import { type DeltaKind, deltasOf, idleEntries } from './delta.ts';
import { gateOpinion } from './gate.ts';
import { nightOf } from './history-fixture.ts';
import { type KnownFailure, type KnownFailures, parseKnownFailures } from './known-failures.ts';

const entry = (a: string, expires = '2026-12-31', flaky = false): KnownFailure => ({
  cell: { a },
  owner: 'anna',
  reason: 'a bug',
  expires,
  flaky,
});
const listed = (...known: KnownFailure[]): KnownFailures => ({ known });

describe('a cell against what was expected of it', () => {
  type Verdicts = Parameters<typeof nightOf>[1][string];
  test.each<
    [name: DeltaKind | 'nothing', before: Verdicts | undefined, now: Verdicts | undefined, KnownFailures, open: boolean]
  >([
    ['nothing', ['pass'], ['pass'], listed(), true],
    ['PASS→FAIL', ['pass'], ['fail'], listed(), false],
    ['PASS→FAIL', ['pass'], ['inconclusive'], listed(), false],
    ['PASS→FLAKY', ['pass'], ['fail', 'pass'], listed(), false],
    ['FAIL→PASS', ['fail'], ['pass'], listed(), true],
    ['STILL FAILING', ['fail'], ['fail'], listed(), true],
    ['XFAIL', ['pass'], ['fail'], listed(entry('1')), true],
    ['XFAIL', undefined, ['fail'], listed(entry('1')), true],
    ['XPASS', ['fail'], ['pass'], listed(entry('1')), false],
    ['nothing', ['pass'], ['pass'], listed(entry('1', '2026-12-31', true)), true],
    ['EXPIRED', ['fail'], ['fail'], listed(entry('1', '2026-01-01')), false],
    ['XFAIL', ['fail'], ['fail'], listed(entry('1', '2026-01-02')), true],
    ['NEW', undefined, ['pass'], listed(), true],
    ['NEW', undefined, ['fail'], listed(), false],
    ['NEW', ['not-run'], ['fail'], listed(), false],
    ['GONE', ['pass'], undefined, listed(), true],
    ['ERROR', ['pass'], ['error'], listed(entry('1')), false],
    ['nothing', ['pass'], [], listed(), true],
    ['nothing', ['pass'], ['not-run'], listed(), true],
  ])('%s: %j, then %j', (kind, before, now, known, isOpen) => {
    const tonight = nightOf(2, now ? { 1: now } : {});
    const deltas = deltasOf(tonight, before ? [nightOf(1, { 1: before })] : [], known);
    expect(deltas.map((delta) => delta.kind)).toEqual(kind === 'nothing' ? [] : [kind]);
    expect(gateOpinion(tonight, deltas, 'new-failures').isOpen).toBe(isOpen);
  });

  test('it is held against the latest run that judged it, or against the one that is named', () => {
    const earlier = [nightOf(1, { 1: ['pass'] }), nightOf(2, { 1: ['fail'] }), nightOf(3, { 1: [] })];
    const tonight = nightOf(4, { 1: ['fail'] });
    expect(deltasOf(tonight, earlier, listed())).toMatchObject([
      { kind: 'STILL FAILING', beforeRun: 'night-2026-01-02' },
    ]);
    const named = { known: [], baseline: 'night-2026-01-01' };
    expect(deltasOf(tonight, earlier, named)).toMatchObject([{ kind: 'PASS→FAIL', beforeRun: 'night-2026-01-01' }]);
  });

  test('of a part of the plan nothing is gone, nor against one', () => {
    const [whole, part] = [nightOf(1, { 1: ['pass'], 2: ['pass'] }), nightOf(2, { 1: ['pass'] })];
    const shard = { ...part, head: { ...part.head, planRows: 2 } };
    expect(deltasOf(shard, [whole], listed())).toEqual([]);
    const kinds = deltasOf(nightOf(3, { 1: ['pass'] }), [whole, shard], listed()).map(
      ({ kind, key }) => `${kind} ${key}`,
    );
    expect(kinds).toEqual(['GONE a=2, b=x']);
  });

  test('the worst comes first, and the gate says why it is shut', () => {
    const tonight = nightOf(2, { 1: ['pass'], 2: ['pass'], 3: ['fail'] });
    const deltas = deltasOf(tonight, [nightOf(1, { 1: ['fail'], 2: ['fail'], 3: ['pass'] })], listed(entry('2')));
    expect(deltas.map(({ kind, key }) => `${kind} ${key}`)).toEqual([
      'PASS→FAIL a=3, b=x',
      'XPASS a=2, b=x',
      'FAIL→PASS a=1, b=x',
    ]);
    expect(gateOpinion(tonight, deltas, 'new-failures').why).toEqual([
      'PASS→FAIL a=3, b=x',
      'XPASS a=2, b=x: it is listed as failing (anna: a bug), and passes',
    ]);
  });

  test('a missing shard shuts every gate', () => {
    const night = nightOf(1, { 1: ['pass'] });
    const torn = { ...night, head: { ...night.head, missingShards: ['2/3'] } };
    for (const gate of ['failures', 'all', 'new-failures'] as const)
      expect(gateOpinion(torn, [], gate)).toEqual({ isOpen: false, why: ['shard 2/3 is missing'] });
  });

  test('entries that mean no cell are told', () => {
    expect(idleEntries(nightOf(1, { 1: ['fail'] }), listed(entry('1'), entry('9')))).toEqual([entry('9')]);
  });
});

describe('the reviewed file', () => {
  const written = (more: object): string =>
    JSON.stringify({ known: [{ cell: { a: '1' }, owner: 'anna', reason: 'a bug', expires: '2026-12-31', ...more }] });

  test('an entry names owner, reason and last day', () => {
    expect(parseKnownFailures(written({}))).toEqual({ ok: true, value: listed(entry('1')) });
  });

  test.each([
    ['{', /^is not JSON/],
    ['[]', /the file: /],
    [written({ owner: '' }), /known\.0\.owner/],
    [written({ reason: undefined }), /known\.0\.reason/],
    [written({ expires: 'soon' }), /known\.0\.expires: is not a day/],
    [written({ expires: '2026-02-30' }), /known\.0\.expires: is no day of the calendar/],
    [written({ cell: {} }), /known\.0\.cell: names no axis/],
    [written({ until: 'x' }), /until/],
  ])('%s is refused', (text, why) => {
    const parsed = parseKnownFailures(text);
    expect(parsed.ok ? '' : parsed.error).toMatch(why);
  });
});
