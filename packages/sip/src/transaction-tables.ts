import type { TimerId } from './timers.ts';
import type { MachineTable, RowEffect, TransactionInput, TransactionState, Transition } from './transaction-machine.ts';

const start = (timer: TimerId): RowEffect => ({ timer, do: 'start' });
const next = (timer: TimerId): RowEffect => ({ timer, do: 'next' });
const slow = (timer: TimerId): RowEffect => ({ timer, do: 'slow' });
const stop = (timer: TimerId): RowEffect => ({ timer, do: 'stop' });

function row(
  from: TransactionState,
  input: TransactionInput,
  to: TransactionState,
  section: string,
  ...effects: RowEffect[]
): Transition {
  return { from, input, to, section, effects };
}

/** @see RFC 3261 §17.1.1, RFC 6026 §8.4 (Accepted, Timer M) */
export const INVITE_CLIENT: MachineTable = {
  name: 'invite-client',
  transitions: [
    row('initial', 'start', 'calling', 'RFC 3261 §17.1.1.2', 'send-request', start('A'), start('B')),
    row('calling', 'timer-A', 'calling', 'RFC 3261 §17.1.1.2', 'send-request', next('A')),
    row('calling', 'timer-B', 'terminated', 'RFC 3261 §17.1.1.2', 'report-timeout'),
    row('calling', 'transport-failed', 'terminated', 'RFC 3261 §17.1.4', 'report-transport-failure'),
    row('calling', '1xx', 'proceeding', 'RFC 3261 §17.1.1.2', stop('A'), stop('B'), 'deliver'),
    row('calling', '2xx', 'accepted', 'RFC 6026 §8.4', stop('A'), stop('B'), 'deliver', start('M')),
    row(
      'calling',
      '300-699',
      'completed',
      'RFC 3261 §17.1.1.2',
      stop('A'),
      stop('B'),
      'send-ack',
      'deliver',
      start('D'),
    ),
    row('proceeding', '1xx', 'proceeding', 'RFC 3261 §17.1.1.2', 'deliver'),
    row('proceeding', '2xx', 'accepted', 'RFC 6026 §8.4', 'deliver', start('M')),
    row('proceeding', '300-699', 'completed', 'RFC 3261 §17.1.1.2', 'send-ack', 'deliver', start('D')),
    row('proceeding', 'transport-failed', 'terminated', 'RFC 3261 §17.1.4', 'report-transport-failure'),
    row('completed', '300-699', 'completed', 'RFC 3261 §17.1.1.2', 'send-ack'),
    row('completed', 'transport-failed', 'terminated', 'RFC 3261 §17.1.1.2', 'report-transport-failure'),
    row('completed', 'timer-D', 'terminated', 'RFC 3261 §17.1.1.2'),
    row('accepted', '2xx', 'accepted', 'RFC 6026 §8.4', 'deliver'),
    row('accepted', 'timer-M', 'terminated', 'RFC 6026 §8.4'),
  ],
};

/** @see RFC 3261 §17.1.2 */
export const NON_INVITE_CLIENT: MachineTable = {
  name: 'non-invite-client',
  transitions: [
    row('initial', 'start', 'trying', 'RFC 3261 §17.1.2.2', 'send-request', start('E'), start('F')),
    row('trying', 'timer-E', 'trying', 'RFC 3261 §17.1.2.2', 'send-request', next('E')),
    row('trying', 'timer-F', 'terminated', 'RFC 3261 §17.1.2.2', 'report-timeout'),
    row('trying', 'transport-failed', 'terminated', 'RFC 3261 §17.1.4', 'report-transport-failure'),
    row('trying', '1xx', 'proceeding', 'RFC 3261 §17.1.2.2', 'deliver'),
    row('trying', '2xx', 'completed', 'RFC 3261 §17.1.2.2', stop('E'), stop('F'), 'deliver', start('K')),
    row('trying', '300-699', 'completed', 'RFC 3261 §17.1.2.2', stop('E'), stop('F'), 'deliver', start('K')),
    row('proceeding', 'timer-E', 'proceeding', 'RFC 3261 §17.1.2.2', 'send-request', slow('E')),
    row('proceeding', 'timer-F', 'terminated', 'RFC 3261 §17.1.2.2', 'report-timeout'),
    row('proceeding', 'transport-failed', 'terminated', 'RFC 3261 §17.1.4', 'report-transport-failure'),
    row('proceeding', '1xx', 'proceeding', 'RFC 3261 §17.1.2.2', 'deliver'),
    row('proceeding', '2xx', 'completed', 'RFC 3261 §17.1.2.2', stop('E'), stop('F'), 'deliver', start('K')),
    row('proceeding', '300-699', 'completed', 'RFC 3261 §17.1.2.2', stop('E'), stop('F'), 'deliver', start('K')),
    row('completed', 'timer-K', 'terminated', 'RFC 3261 §17.1.2.2'),
  ],
};

/** @see RFC 3261 §17.2.1, RFC 6026 §8.7 (Accepted, Timer L; a transport failure does not end it) */
export const INVITE_SERVER: MachineTable = {
  name: 'invite-server',
  transitions: [
    row('initial', 'request', 'proceeding', 'RFC 3261 §17.2.1', start('100'), 'deliver'),
    row('proceeding', 'timer-100', 'proceeding', 'RFC 3261 §17.2.1', 'send-trying'),
    row('proceeding', 'request', 'proceeding', 'RFC 3261 §17.2.1', 'send-response'),
    row('proceeding', 'tu-1xx', 'proceeding', 'RFC 3261 §17.2.1', stop('100'), 'send-response'),
    row('proceeding', 'tu-2xx', 'accepted', 'RFC 6026 §8.7', stop('100'), 'send-response', start('L')),
    row(
      'proceeding',
      'tu-300-699',
      'completed',
      'RFC 3261 §17.2.1',
      stop('100'),
      'send-response',
      start('G'),
      start('H'),
    ),
    row('proceeding', 'transport-failed', 'proceeding', 'RFC 6026 §8.8', 'report-transport-failure'),
    row('accepted', 'request', 'accepted', 'RFC 6026 §8.7'),
    row('accepted', 'tu-2xx', 'accepted', 'RFC 6026 §8.7', 'send-response'),
    row('accepted', 'ack', 'accepted', 'RFC 6026 §8.7', 'deliver'),
    row('accepted', 'transport-failed', 'accepted', 'RFC 6026 §8.8', 'report-transport-failure'),
    row('accepted', 'timer-L', 'terminated', 'RFC 6026 §8.7'),
    row('completed', 'request', 'completed', 'RFC 3261 §17.2.1', 'send-response'),
    row('completed', 'timer-G', 'completed', 'RFC 3261 §17.2.1', 'send-response', next('G')),
    row('completed', 'timer-H', 'terminated', 'RFC 3261 §17.2.1', 'report-timeout'),
    row('completed', 'ack', 'confirmed', 'RFC 3261 §17.2.1', stop('G'), stop('H'), start('I')),
    row('completed', 'transport-failed', 'completed', 'RFC 6026 §8.8', 'report-transport-failure'),
    row('confirmed', 'ack', 'confirmed', 'RFC 3261 §17.2.1'),
    row('confirmed', 'timer-I', 'terminated', 'RFC 3261 §17.2.1'),
  ],
};

/** @see RFC 3261 §17.2.2 */
export const NON_INVITE_SERVER: MachineTable = {
  name: 'non-invite-server',
  transitions: [
    row('initial', 'request', 'trying', 'RFC 3261 §17.2.2', 'deliver'),
    row('trying', 'request', 'trying', 'RFC 3261 §17.2.2'),
    row('trying', 'tu-1xx', 'proceeding', 'RFC 3261 §17.2.2', 'send-response'),
    row('trying', 'tu-2xx', 'completed', 'RFC 3261 §17.2.2', 'send-response', start('J')),
    row('trying', 'tu-300-699', 'completed', 'RFC 3261 §17.2.2', 'send-response', start('J')),
    row('proceeding', 'request', 'proceeding', 'RFC 3261 §17.2.2', 'send-response'),
    row('proceeding', 'tu-1xx', 'proceeding', 'RFC 3261 §17.2.2', 'send-response'),
    row('proceeding', 'tu-2xx', 'completed', 'RFC 3261 §17.2.2', 'send-response', start('J')),
    row('proceeding', 'tu-300-699', 'completed', 'RFC 3261 §17.2.2', 'send-response', start('J')),
    row('proceeding', 'transport-failed', 'proceeding', 'RFC 6026 §8.8', 'report-transport-failure'),
    row('completed', 'request', 'completed', 'RFC 3261 §17.2.2', 'send-response'),
    row('completed', 'transport-failed', 'completed', 'RFC 6026 §8.8', 'report-transport-failure'),
    row('completed', 'timer-J', 'terminated', 'RFC 3261 §17.2.2'),
  ],
};
