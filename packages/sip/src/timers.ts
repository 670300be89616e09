/** The timer values that all others derive from. @see RFC 3261 §17.1.1.1 */
export interface TimerBase {
  /** Round-trip estimate. */
  readonly t1Ms: number;
  /** Longest pause between retransmissions of non-INVITE requests and INVITE responses. */
  readonly t2Ms: number;
  /** Longest that a message stays in the network. */
  readonly t4Ms: number;
}

export const DEFAULT_TIMER_BASE: TimerBase = { t1Ms: 500, t2Ms: 4000, t4Ms: 5000 };

export type TimerId = 'A' | 'B' | 'D' | 'E' | 'F' | 'G' | 'H' | 'I' | 'J' | 'K' | 'L' | 'M' | '100';

/** A timer of the transaction machines. A delay of undefined: not used on that kind of transport; 0: fires at once. */
export interface TimerRow {
  readonly id: TimerId;
  readonly section: string;
  readonly meaning: string;
  readonly unreliableMs: (base: TimerBase) => number | undefined;
  readonly reliableMs: (base: TimerBase) => number | undefined;
  /** Present on timers that double: the cap. */
  readonly backoffCapMs?: (base: TimerBase) => number;
}

const never = (): undefined => undefined;
const atOnce = (): number => 0;
const t1 = (base: TimerBase): number => base.t1Ms;
const t2 = (base: TimerBase): number => base.t2Ms;
const t4 = (base: TimerBase): number => base.t4Ms;
const t1Times64 = (base: TimerBase): number => 64 * base.t1Ms;

function row(
  id: TimerId,
  section: string,
  meaning: string,
  unreliableMs: TimerRow['unreliableMs'],
  reliableMs: TimerRow['reliableMs'],
): TimerRow {
  return { id, section, meaning, unreliableMs, reliableMs };
}

/** @see RFC 3261 Table 4, RFC 6026 §8.11 */
export const TIMERS: Readonly<Record<TimerId, TimerRow>> = {
  A: {
    ...row('A', 'RFC 3261 §17.1.1.2', 'INVITE request retransmission', t1, never),
    backoffCapMs: () => Number.POSITIVE_INFINITY,
  },
  B: row('B', 'RFC 3261 §17.1.1.2', 'INVITE transaction timeout', t1Times64, t1Times64),
  D: row('D', 'RFC 3261 §17.1.1.2', 'wait for response retransmissions', t1Times64, atOnce),
  E: { ...row('E', 'RFC 3261 §17.1.2.2', 'non-INVITE request retransmission', t1, never), backoffCapMs: t2 },
  F: row('F', 'RFC 3261 §17.1.2.2', 'non-INVITE transaction timeout', t1Times64, t1Times64),
  G: { ...row('G', 'RFC 3261 §17.2.1', 'INVITE response retransmission', t1, never), backoffCapMs: t2 },
  H: row('H', 'RFC 3261 §17.2.1', 'wait for ACK', t1Times64, t1Times64),
  I: row('I', 'RFC 3261 §17.2.1', 'wait for ACK retransmissions', t4, atOnce),
  J: row('J', 'RFC 3261 §17.2.2', 'wait for non-INVITE request retransmissions', t1Times64, atOnce),
  K: row('K', 'RFC 3261 §17.1.2.2', 'wait for response retransmissions', t4, atOnce),
  L: row('L', 'RFC 6026 §8.7', 'wait for retransmissions of an accepted INVITE', t1Times64, t1Times64),
  M: row('M', 'RFC 6026 §8.4', 'wait for retransmissions of 2xx to INVITE', t1Times64, t1Times64),
  '100': row(
    '100',
    'RFC 3261 §17.2.1',
    'the TU may answer before 100 is sent for it',
    () => 200,
    () => 200,
  ),
};
