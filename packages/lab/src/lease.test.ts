import { expect, test } from 'vitest';
import type { CellState, Outcome } from './cell.ts';
import { expire, giveBack, grant, renew, settle, withdraw } from './lease.ts';
import { classesFor, serves, warmed } from './offer.ts';

const RULES = { ttlMs: 1000, mostLosses: 2 };
const WAITING: CellState = { phase: 'waiting', token: 0, losses: [] };
const PASS: Outcome = { verdict: 'pass', durationMs: 5 };

function granted(state: CellState, worker: string, nowMs: number): CellState {
  const result = grant(state, worker, nowMs, RULES);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

test('only the holder of the latest token says what came of a cell', () => {
  const first = granted(WAITING, 'a', 0);
  expect(expire(first, 999, RULES)).toBeUndefined();
  const lost = expire(first, 1000, RULES) as CellState;
  expect(lost).toMatchObject({ phase: 'waiting', losses: [{ token: 1, worker: 'a', atMs: 1000 }] });
  const second = granted(lost, 'b', 1500);
  expect(second).toMatchObject({ token: 2, deadlineMs: 2500 });
  expect(renew(second, 1, 1600, RULES)).toEqual({ ok: false, error: 'stale-token' });
  expect(settle(second, 1, PASS)).toEqual({ ok: false, error: 'stale-token' });
  expect(giveBack(second, 1)).toEqual({ ok: false, error: 'stale-token' });
  expect(settle(second, 2, PASS)).toMatchObject({ ok: true, value: { repeated: false, state: { worker: 'b' } } });
});

test('a result that is said twice is one; another one with the same token is none', () => {
  const settled = settle(granted(WAITING, 'a', 0), 1, PASS);
  if (!settled.ok) throw new Error(settled.error);
  const { state } = settled.value;
  expect(settle(state, 1, { ...PASS })).toEqual({ ok: true, value: { state, repeated: true } });
  expect(settle(state, 1, { ...PASS, verdict: 'fail' })).toEqual({ ok: false, error: 'settled-otherwise' });
  expect(renew(state, 1, 0, RULES)).toEqual({ ok: false, error: 'not-leased' });
  expect(grant(state, 'b', 0, RULES)).toEqual({ ok: false, error: 'not-leased' });
  expect(expire(state, 1e9, RULES)).toBeUndefined();
});

test('a sign of life after the deadline counts where nobody took the cell', () => {
  expect(renew(granted(WAITING, 'a', 0), 1, 5000, RULES)).toMatchObject({ ok: true, value: { deadlineMs: 6000 } });
});

test('a cell that loses too many workers is an error that names them; given back is not lost', () => {
  const given = giveBack(granted(WAITING, 'a', 0), 1);
  if (!given.ok) throw new Error(given.error);
  expect(given.value).toEqual({ phase: 'waiting', token: 1, losses: [] });
  const once = expire(granted(given.value, 'b', 0), 1000, RULES) as CellState;
  const twice = expire(granted(once, 'c', 0), 1000, RULES);
  expect(twice).toMatchObject({
    phase: 'settled',
    outcome: { verdict: 'error', reason: expect.stringMatching(/2 times.*b, c$/) },
  });
});

test('what is withdrawn is not leased; what runs is not withdrawn', () => {
  const withdrawn = withdraw(WAITING) as CellState;
  expect(grant(withdrawn, 'a', 0, RULES).ok).toBe(false);
  expect(settle(withdrawn, 0, PASS)).toEqual({ ok: false, error: 'withdrawn' });
  expect(withdraw(granted(WAITING, 'a', 0))).toBeUndefined();
});

const classOf = (queue: string, setup: string, ...needs: string[]) => ({ queue, run: 'r', needs, setup });

test('a worker serves what it has, and enough cores', () => {
  const offer = { has: ['sipp', 'tag:rack-2'], cores: 4 };
  expect(serves(offer, [])).toBe(true);
  expect(serves(offer, ['sipp', 'cores:4'])).toBe(true);
  expect(serves(offer, ['cores:5'])).toBe(false);
  expect(serves(offer, ['browser:chromium'])).toBe(false);
});

test('warm set-ups come first, the latest before; what others have warm comes last', () => {
  const offer = { name: 'a', has: ['sipp'], cores: 1, warm: ['kamailio', 'janus'] };
  const classes = [
    classOf('others', 'firefox'),
    classOf('plain', ''),
    classOf('choosy', '', 'sipp'),
    classOf('old', 'janus'),
    classOf('not for it', '', 'browser:chromium'),
    classOf('new', 'kamailio'),
  ];
  const order = classesFor(offer, classes, new Set(['firefox', 'janus'])).map(({ queue }) => queue);
  expect(order).toEqual(['new', 'old', 'choosy', 'plain', 'others']);
  expect(warmed(['a', 'b', 'c', 'd'], 'c')).toEqual(['c', 'a', 'b', 'd']);
  expect(warmed(['a', 'b', 'c', 'd'], 'e')).toEqual(['e', 'a', 'b', 'c']);
});
