import { DEFAULT_TIMER_BASE, TIMERS, type TimerBase, type TimerId } from './timers.ts';

export type TransactionState =
  | 'initial'
  | 'calling'
  | 'trying'
  | 'proceeding'
  | 'accepted'
  | 'completed'
  | 'confirmed'
  | 'terminated';

/** What happens to a transaction. `1xx`, `2xx`, `300-699` are responses received (client) or sent by the TU (server, with `tu-`). */
export type TransactionInput =
  | 'start'
  | '1xx'
  | '2xx'
  | '300-699'
  | 'request'
  | 'ack'
  | 'tu-1xx'
  | 'tu-2xx'
  | 'tu-300-699'
  | 'transport-failed'
  | `timer-${TimerId}`;

/** What the runtime has to do, in order. `send-response` is the last response of the TU; `send-trying` a 100; `deliver` hands the input's message to the TU. */
export type Action =
  | 'send-request'
  | 'send-ack'
  | 'send-response'
  | 'send-trying'
  | 'deliver'
  | 'report-timeout'
  | 'report-transport-failure';

/** In a table: an action, or something to do with a timer (`next` doubles it, `slow` restarts it at T2). */
export type RowEffect = Action | { readonly timer: TimerId; readonly do: 'start' | 'next' | 'slow' | 'stop' };

export interface Transition {
  readonly from: TransactionState;
  readonly input: TransactionInput;
  readonly to: TransactionState;
  readonly effects: readonly RowEffect[];
  /** Where the RFC says so. */
  readonly section: string;
}

export interface MachineTable {
  readonly name: 'invite-client' | 'non-invite-client' | 'invite-server' | 'non-invite-server';
  readonly transitions: readonly Transition[];
}

export interface RunningTimer {
  readonly dueUs: number;
  readonly delayMs: number;
}

/** One transaction's whole state, immutable. */
export interface Transaction {
  readonly table: MachineTable;
  readonly state: TransactionState;
  readonly reliable: boolean;
  readonly base: TimerBase;
  readonly timers: Partial<Record<TimerId, RunningTimer>>;
}

export type Effect =
  | { readonly kind: Action }
  /** Feed `timer-<id>` into `step` after `delayMs` (0: at once). */
  | { readonly kind: 'start-timer'; readonly timer: TimerId; readonly delayMs: number }
  | { readonly kind: 'stop-timer'; readonly timer: TimerId };

export interface Step {
  readonly transaction: Transaction;
  readonly effects: readonly Effect[];
}

/** Table rows by `from` and `input`, made once a table. */
const INDEX = new WeakMap<MachineTable, Map<string, Transition>>();

function transitionOf(table: MachineTable, from: TransactionState, input: TransactionInput): Transition | undefined {
  let rows = INDEX.get(table);
  if (rows === undefined) {
    rows = new Map(table.transitions.map((row) => [`${row.from} ${row.input}`, row]));
    INDEX.set(table, rows);
  }
  return rows.get(`${from} ${input}`);
}

export function newTransaction(
  table: MachineTable,
  reliable: boolean,
  base: TimerBase = DEFAULT_TIMER_BASE,
): Transaction {
  return { table, state: 'initial', reliable, base, timers: {} };
}

/** One step of a machine. Inputs without a row, and timers that are not running, change nothing. `nowUs` is the clock's time. */
export function step(transaction: Transaction, input: TransactionInput, nowUs: number): Step {
  const row = transitionOf(transaction.table, transaction.state, input);
  const fired = input.startsWith('timer-') ? (input.slice(6) as TimerId) : undefined;
  if (row === undefined || (fired !== undefined && transaction.timers[fired] === undefined))
    return { transaction, effects: [] };
  const timers = { ...transaction.timers };
  const effects: Effect[] = [];
  for (const effect of row.effects) {
    if (typeof effect === 'string') effects.push({ kind: effect });
    else applyTimer(transaction, timers, effect.timer, effect.do, nowUs, effects);
  }
  if (fired !== undefined && timers[fired] === transaction.timers[fired]) delete timers[fired];
  if (row.to === 'terminated') {
    for (const timer of Object.keys(timers) as TimerId[]) {
      effects.push({ kind: 'stop-timer', timer });
      delete timers[timer];
    }
  }
  return { transaction: { ...transaction, state: row.to, timers }, effects };
}

function applyTimer(
  transaction: Transaction,
  timers: Partial<Record<TimerId, RunningTimer>>,
  timer: TimerId,
  action: 'start' | 'next' | 'slow' | 'stop',
  nowUs: number,
  effects: Effect[],
): void {
  if (action === 'stop') {
    if (timers[timer] !== undefined) effects.push({ kind: 'stop-timer', timer });
    delete timers[timer];
    return;
  }
  const { base, reliable } = transaction;
  const row = TIMERS[timer];
  const first = (reliable ? row.reliableMs : row.unreliableMs)(base);
  if (first === undefined) return;
  const doubled = Math.min(2 * (timers[timer]?.delayMs ?? first), row.backoffCapMs?.(base) ?? first);
  const delayMs = action === 'next' ? doubled : action === 'slow' ? base.t2Ms : first;
  timers[timer] = { dueUs: nowUs + delayMs * 1000, delayMs };
  effects.push({ kind: 'start-timer', timer, delayMs });
}

/** The input for a status code. */
export function responseClass(statusCode: number): '1xx' | '2xx' | '300-699' {
  return statusCode < 200 ? '1xx' : statusCode < 300 ? '2xx' : '300-699';
}
