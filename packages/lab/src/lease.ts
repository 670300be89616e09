import { err, ok, type Result } from '@plugfest/model';
import type { CellState, Outcome, RefusalReason } from './cell.ts';

/** How long leases last, and how often a cell may lose its worker. */
export interface LeaseRules {
  /** A lease that is not renewed so long is lost. */
  readonly ttlMs: number;
  /** With so many lost leases the cell itself is suspected, and settled as `error`. */
  readonly mostLosses: number;
}

export const LEASE_RULES: LeaseRules = { ttlMs: 15_000, mostLosses: 5 };

type Leased = CellState & { readonly phase: 'leased' };
type Settled = CellState & { readonly phase: 'settled' };

/** A waiting cell goes to a worker, with a token that no earlier holder has. */
export function grant(
  state: CellState,
  worker: string,
  nowMs: number,
  rules: LeaseRules,
): Result<Leased, RefusalReason> {
  if (state.phase !== 'waiting') return err('not-leased');
  const { token, losses } = state;
  return ok({ phase: 'leased', token: token + 1, losses, worker, deadlineMs: nowMs + rules.ttlMs });
}

/** A sign of life. One that comes after the deadline still counts where nobody took the cell meanwhile. */
export function renew(
  state: CellState,
  token: number,
  nowMs: number,
  rules: LeaseRules,
): Result<Leased, RefusalReason> {
  const held = holding(state, token);
  return held.ok ? ok({ ...held.value, deadlineMs: nowMs + rules.ttlMs }) : held;
}

/**
 * The final verdict, by the holder of the latest token only. Said twice with the same token it is the same verdict (`repeated`): a worker whose
 * answer was lost asks again.
 */
export function settle(
  state: CellState,
  token: number,
  outcome: Outcome,
): Result<{ readonly state: Settled; readonly repeated: boolean }, RefusalReason> {
  if (state.phase === 'settled' && state.token === token) {
    return JSON.stringify(state.outcome) === JSON.stringify(outcome)
      ? ok({ state, repeated: true })
      : err('settled-otherwise');
  }
  const held = holding(state, token);
  if (!held.ok) return held;
  const { losses, worker } = held.value;
  return ok({ state: { phase: 'settled', token, losses, worker, outcome }, repeated: false });
}

/** A worker that was told to stop says so: that is no loss. */
export function giveBack(state: CellState, token: number): Result<CellState, RefusalReason> {
  const held = holding(state, token);
  return held.ok ? ok({ phase: 'waiting', token, losses: held.value.losses }) : held;
}

/** A lease whose deadline has passed is lost: the cell waits for another worker, or is settled where it has lost too many. Undefined: nothing is to do. */
export function expire(state: CellState, nowMs: number, rules: LeaseRules): CellState | undefined {
  if (state.phase !== 'leased' || nowMs < state.deadlineMs) return undefined;
  const { token, worker } = state;
  const losses = [...state.losses, { token, worker, atMs: nowMs }];
  if (losses.length < rules.mostLosses) return { phase: 'waiting', token, losses };
  const workers = losses.map((loss) => loss.worker).join(', ');
  const reason = `the harness lost the worker ${losses.length} times while it ran this cell: ${workers}`;
  return { phase: 'settled', token, losses, worker, outcome: { verdict: 'error', reason, durationMs: 0 } };
}

/** A cell that waits is not to run any more; one that runs may end. Undefined: nothing is to do. */
export function withdraw(state: CellState): CellState | undefined {
  return state.phase === 'waiting' ? { ...state, phase: 'withdrawn' } : undefined;
}

/** The run goes on after all. Undefined: nothing is to do. */
export function reopen(state: CellState): CellState | undefined {
  return state.phase === 'withdrawn' ? { ...state, phase: 'waiting' } : undefined;
}

/** No worker has what it asks for: it is `not-run`, and says so. Undefined: nothing is to do. */
export function leaveUnserved(state: CellState, reason: string): CellState | undefined {
  if (state.phase !== 'waiting') return undefined;
  const outcome: Outcome = { verdict: 'not-run', reason, durationMs: 0 };
  return { phase: 'settled', token: state.token + 1, losses: state.losses, worker: 'nobody', outcome };
}

function holding(state: CellState, token: number): Result<Leased, RefusalReason> {
  if (token !== state.token) return err('stale-token');
  if (state.phase === 'leased') return ok(state);
  return err(state.phase === 'withdrawn' ? 'withdrawn' : 'not-leased');
}
