import { VirtualClock } from '@plugfest/model';
import { describe, expect, test } from 'vitest';
import {
  INVITE_CLIENT,
  INVITE_SERVER,
  type MachineTable,
  NON_INVITE_CLIENT,
  NON_INVITE_SERVER,
  newTransaction,
  step,
  type TimerId,
  type Transaction,
  type TransactionInput,
  type TransactionState,
} from './index.ts';

/** One line a table row: from, input, over which transport, then what must have happened. Timers started are written `A=500`. */
type Row = readonly [
  from: TransactionState,
  input: TransactionInput,
  transport: 'udp' | 'tcp',
  to: TransactionState,
  did: string,
];

/** Inputs that lead from `initial` to a state. */
const PATHS: Readonly<Record<MachineTable['name'], Partial<Record<TransactionState, readonly TransactionInput[]>>>> = {
  'invite-client': {
    initial: [],
    calling: ['start'],
    proceeding: ['start', '1xx'],
    completed: ['start', '300-699'],
    accepted: ['start', '2xx'],
  },
  'non-invite-client': { initial: [], trying: ['start'], proceeding: ['start', '1xx'], completed: ['start', '2xx'] },
  'invite-server': {
    initial: [],
    proceeding: ['request'],
    accepted: ['request', 'tu-2xx'],
    completed: ['request', 'tu-300-699'],
    confirmed: ['request', 'tu-300-699', 'ack'],
  },
  'non-invite-server': {
    initial: [],
    trying: ['request'],
    proceeding: ['request', 'tu-1xx'],
    completed: ['request', 'tu-2xx'],
  },
};

const ROWS: ReadonlyMap<MachineTable, readonly Row[]> = new Map([
  [
    INVITE_CLIENT,
    [
      ['initial', 'start', 'udp', 'calling', 'send-request A=500 B=32000'],
      ['initial', 'start', 'tcp', 'calling', 'send-request B=32000'],
      ['calling', 'timer-A', 'udp', 'calling', 'send-request A=1000'],
      ['calling', 'timer-B', 'udp', 'terminated', 'report-timeout -A'],
      ['calling', 'timer-B', 'tcp', 'terminated', 'report-timeout'],
      ['calling', 'transport-failed', 'tcp', 'terminated', 'report-transport-failure -B'],
      ['calling', '1xx', 'udp', 'proceeding', '-A -B deliver'],
      ['calling', '2xx', 'udp', 'accepted', '-A -B deliver M=32000'],
      ['calling', '300-699', 'udp', 'completed', '-A -B send-ack deliver D=32000'],
      ['calling', '300-699', 'tcp', 'completed', '-B send-ack deliver D=0'],
      ['proceeding', '1xx', 'udp', 'proceeding', 'deliver'],
      ['proceeding', '2xx', 'udp', 'accepted', 'deliver M=32000'],
      ['proceeding', '300-699', 'udp', 'completed', 'send-ack deliver D=32000'],
      ['proceeding', 'transport-failed', 'tcp', 'terminated', 'report-transport-failure'],
      ['completed', '300-699', 'udp', 'completed', 'send-ack'],
      ['completed', 'transport-failed', 'udp', 'terminated', 'report-transport-failure -D'],
      ['completed', 'timer-D', 'udp', 'terminated', ''],
      ['accepted', '2xx', 'udp', 'accepted', 'deliver'],
      ['accepted', 'timer-M', 'tcp', 'terminated', ''],
    ],
  ],
  [
    NON_INVITE_CLIENT,
    [
      ['initial', 'start', 'udp', 'trying', 'send-request E=500 F=32000'],
      ['initial', 'start', 'tcp', 'trying', 'send-request F=32000'],
      ['trying', 'timer-E', 'udp', 'trying', 'send-request E=1000'],
      ['trying', 'timer-F', 'tcp', 'terminated', 'report-timeout'],
      ['trying', 'transport-failed', 'tcp', 'terminated', 'report-transport-failure -F'],
      ['trying', '1xx', 'udp', 'proceeding', 'deliver'],
      ['trying', '2xx', 'udp', 'completed', '-E -F deliver K=5000'],
      ['trying', '300-699', 'tcp', 'completed', '-F deliver K=0'],
      ['proceeding', 'timer-E', 'udp', 'proceeding', 'send-request E=4000'],
      ['proceeding', 'timer-F', 'udp', 'terminated', 'report-timeout -E'],
      ['proceeding', 'transport-failed', 'tcp', 'terminated', 'report-transport-failure -F'],
      ['proceeding', '1xx', 'udp', 'proceeding', 'deliver'],
      ['proceeding', '2xx', 'udp', 'completed', '-E -F deliver K=5000'],
      ['proceeding', '300-699', 'udp', 'completed', '-E -F deliver K=5000'],
      ['completed', 'timer-K', 'udp', 'terminated', ''],
    ],
  ],
  [
    INVITE_SERVER,
    [
      ['initial', 'request', 'udp', 'proceeding', '100=200 deliver'],
      ['proceeding', 'timer-100', 'udp', 'proceeding', 'send-trying'],
      ['proceeding', 'request', 'udp', 'proceeding', 'send-response'],
      ['proceeding', 'tu-1xx', 'udp', 'proceeding', '-100 send-response'],
      ['proceeding', 'tu-2xx', 'udp', 'accepted', '-100 send-response L=32000'],
      ['proceeding', 'tu-300-699', 'udp', 'completed', '-100 send-response G=500 H=32000'],
      ['proceeding', 'tu-300-699', 'tcp', 'completed', '-100 send-response H=32000'],
      ['proceeding', 'transport-failed', 'tcp', 'proceeding', 'report-transport-failure'],
      ['accepted', 'request', 'udp', 'accepted', ''],
      ['accepted', 'tu-2xx', 'udp', 'accepted', 'send-response'],
      ['accepted', 'ack', 'udp', 'accepted', 'deliver'],
      ['accepted', 'transport-failed', 'udp', 'accepted', 'report-transport-failure'],
      ['accepted', 'timer-L', 'udp', 'terminated', ''],
      ['completed', 'request', 'udp', 'completed', 'send-response'],
      ['completed', 'timer-G', 'udp', 'completed', 'send-response G=1000'],
      ['completed', 'timer-H', 'udp', 'terminated', 'report-timeout -G'],
      ['completed', 'ack', 'udp', 'confirmed', '-G -H I=5000'],
      ['completed', 'ack', 'tcp', 'confirmed', '-H I=0'],
      ['completed', 'transport-failed', 'udp', 'completed', 'report-transport-failure'],
      ['confirmed', 'ack', 'udp', 'confirmed', ''],
      ['confirmed', 'timer-I', 'udp', 'terminated', ''],
    ],
  ],
  [
    NON_INVITE_SERVER,
    [
      ['initial', 'request', 'udp', 'trying', 'deliver'],
      ['trying', 'request', 'udp', 'trying', ''],
      ['trying', 'tu-1xx', 'udp', 'proceeding', 'send-response'],
      ['trying', 'tu-2xx', 'udp', 'completed', 'send-response J=32000'],
      ['trying', 'tu-300-699', 'tcp', 'completed', 'send-response J=0'],
      ['proceeding', 'request', 'udp', 'proceeding', 'send-response'],
      ['proceeding', 'tu-1xx', 'udp', 'proceeding', 'send-response'],
      ['proceeding', 'tu-2xx', 'udp', 'completed', 'send-response J=32000'],
      ['proceeding', 'tu-300-699', 'udp', 'completed', 'send-response J=32000'],
      ['proceeding', 'transport-failed', 'udp', 'proceeding', 'report-transport-failure'],
      ['completed', 'request', 'udp', 'completed', 'send-response'],
      ['completed', 'transport-failed', 'udp', 'completed', 'report-transport-failure'],
      ['completed', 'timer-J', 'udp', 'terminated', ''],
    ],
  ],
]);

function after(table: MachineTable, transport: 'udp' | 'tcp', inputs: readonly TransactionInput[]): Transaction {
  return inputs.reduce(
    (transaction, input) => step(transaction, input, 0).transaction,
    newTransaction(table, transport === 'tcp'),
  );
}

for (const [table, rows] of ROWS) {
  describe(table.name, () => {
    for (const [from, input, transport, to, did] of rows) {
      test(`${from} --${input}--> ${to} (${transport})`, () => {
        const before = after(table, transport, PATHS[table.name][from] ?? []);
        expect(before.state).toBe(from);
        const { transaction, effects } = step(before, input, 7);
        const seen = effects.map((effect) =>
          effect.kind === 'start-timer'
            ? `${effect.timer}=${effect.delayMs}`
            : effect.kind === 'stop-timer'
              ? `-${effect.timer}`
              : effect.kind,
        );
        expect({ state: transaction.state, did: seen.join(' ') }).toEqual({ state: to, did });
      });
    }

    test('every row of the table has a line here', () => {
      const covered = new Set(rows.map(([from, input]) => `${from} ${input}`));
      expect(table.transitions.map(({ from, input }) => `${from} ${input}`).filter((row) => !covered.has(row))).toEqual(
        [],
      );
      expect(new Set(table.transitions.map(({ from, input }) => `${from} ${input}`)).size).toBe(
        table.transitions.length,
      );
    });
  });
}

/** Runs a machine on the clock and notes when each action happened. */
function run(
  table: MachineTable,
  reliable: boolean,
  inputs: readonly TransactionInput[],
): { log: string[]; clock: VirtualClock } {
  const clock = new VirtualClock();
  const log: string[] = [];
  const timers = new Map<TimerId, { cancel(): void }>();
  let transaction = newTransaction(table, reliable);
  const feed = (input: TransactionInput): void => {
    const next = step(transaction, input, clock.nowUs());
    transaction = next.transaction;
    for (const effect of next.effects) {
      if (effect.kind === 'start-timer')
        timers.set(
          effect.timer,
          clock.schedule(effect.delayMs, () => feed(`timer-${effect.timer}`)),
        );
      else if (effect.kind === 'stop-timer') timers.get(effect.timer)?.cancel();
      else log.push(`${clock.nowUs() / 1000} ${effect.kind}`);
    }
  };
  for (const input of inputs) feed(input);
  clock.advanceMs(200_000);
  log.push(transaction.state);
  return { log, clock };
}

describe('on the clock', () => {
  test('an unanswered INVITE over UDP goes out 7 times in 32 s', () => {
    const { log, clock } = run(INVITE_CLIENT, false, ['start']);
    const sent = [0, 500, 1500, 3500, 7500, 15500, 31500].map((at) => `${at} send-request`);
    expect(log).toEqual([...sent, '32000 report-timeout', 'terminated']);
    expect(clock.pending).toBe(0);
  });

  test('an unanswered OPTIONS over UDP goes out 11 times, at most 4 s apart', () => {
    const sent = [0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500].map((at) => `${at} send-request`);
    expect(run(NON_INVITE_CLIENT, false, ['start']).log).toEqual([...sent, '32000 report-timeout', 'terminated']);
  });

  test('over TCP nothing is sent twice', () => {
    expect(run(INVITE_CLIENT, true, ['start']).log).toEqual(['0 send-request', '32000 report-timeout', 'terminated']);
  });

  test('an unacknowledged 486 over UDP goes out 11 times', () => {
    const { log } = run(INVITE_SERVER, false, ['request', 'tu-300-699']);
    expect(log.filter((line) => line.endsWith('send-response'))).toHaveLength(11);
    expect(log.slice(-2)).toEqual(['32000 report-timeout', 'terminated']);
  });

  test('100 is sent only when the TU is slow', () => {
    expect(run(INVITE_SERVER, false, ['request']).log).toEqual(['0 deliver', '200 send-trying', 'proceeding']);
    expect(run(INVITE_SERVER, false, ['request', 'tu-1xx']).log).toEqual([
      '0 deliver',
      '0 send-response',
      'proceeding',
    ]);
  });
});
