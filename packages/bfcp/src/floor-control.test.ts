import { VirtualClock } from '@plugfest/model';
import { describe, expect, test } from 'vitest';
import { BfcpConnection } from './bfcp-connection.ts';
import { FloorParticipant, type RequestProgress } from './floor-participant.ts';
import { type BfcpSend, FloorServer } from './floor-server.ts';
import { formatMessage } from './format-message.ts';
import { attribute, type BfcpMessage, ERROR_CODES, PRIMITIVES, primitiveName } from './message.ts';
import { parseMessage } from './parse-message.ts';

const CONFERENCE_ID = 7;
const FLOOR_ID = 1;

/** Participants 1, 2, … of one server, over a network that loses what `isLost` says. */
function conference(options: { version: 1 | 2; policy: 'take-over' | 'queue'; isLost?: (n: number) => boolean }) {
  const clock = new VirtualClock();
  const holders: (number | undefined)[] = [];
  const progress: string[] = [];
  const primitives: string[] = [];
  const server = new FloorServer({
    conferenceId: CONFERENCE_ID,
    floorIds: [FLOOR_ID],
    policy: options.policy,
    onHolder: (_, userId) => holders.push(userId),
  });
  const links = new Map<number, BfcpConnection>();
  let sent = 0;
  const deliver = (to: () => BfcpConnection, bytes: Uint8Array): void => {
    const read = parseMessage(bytes);
    primitives.push(read.ok ? (primitiveName(read.value.primitive) ?? '?') : read.error.code);
    if (options.isLost?.(sent++) !== true) clock.schedule(1, () => to().receive(bytes));
  };
  const pass = (sends: readonly BfcpSend[]): void => {
    for (const { userId, message, answers } of sends) {
      if (answers === undefined) links.get(userId)?.request(message);
      else links.get(userId)?.respond(answers, message);
    }
  };
  const join = (userId: number): { participant: FloorParticipant; connection: BfcpConnection } => {
    server.addUser({ userId, displayName: `user ${userId}`, uri: `sip:${userId}@example.test` });
    const connection: BfcpConnection = new BfcpConnection({
      clock,
      role: 'participant',
      version: options.version,
      send: (bytes) => deliver(() => links.get(userId) as BfcpConnection, bytes),
      onMessage: (message) => participant.receive(message),
    });
    const link = new BfcpConnection({
      clock,
      role: 'server',
      version: options.version,
      send: (bytes) => deliver(() => connection, bytes),
      onMessage: (message) => pass(server.receive(userId, message)),
      onFault: (header, error, text) => pass([server.error(userId, header, error, text)]),
    });
    links.set(userId, link);
    const onProgress = ({ requestId, status, queuePosition }: RequestProgress): void =>
      void progress.push(`${userId}: ${requestId} ${status} ${queuePosition}`);
    const participant = new FloorParticipant(connection, { conferenceId: CONFERENCE_ID, userId, onProgress });
    return { participant, connection };
  };
  return { clock, server, join, holders, progress, primitives, pass };
}

describe.each([1, 2] as const)('version %d', (version) => {
  test('who asks takes over; the one before is told', () => {
    const { clock, join, holders, progress } = conference({ version, policy: 'take-over' });
    const [first, second] = [join(1).participant, join(2).participant];
    void first.request(FLOOR_ID);
    clock.advanceMs(10);
    void second.request(FLOOR_ID, 'my slides');
    clock.advanceMs(10);
    void second.release(2);
    clock.advanceMs(10);
    expect(holders).toEqual([1, 2, undefined]);
    expect(progress.sort()).toEqual(['1: 1 granted 0', '1: 1 revoked 0', '2: 2 granted 0', '2: 2 released 0'].sort());
  });

  test('with a queue, the floor goes to the next when it is released, and when its holder leaves', () => {
    const { clock, server, join, holders, progress, pass } = conference({ version, policy: 'queue' });
    const participants = [1, 2, 3].map((userId) => join(userId).participant);
    for (const participant of participants) void participant.request(FLOOR_ID);
    clock.advanceMs(10);
    expect(server.holder(FLOOR_ID)).toBe(1);
    expect(progress).toContain('3: 3 accepted 2');
    void participants[0]?.release(1);
    clock.advanceMs(10);
    pass(server.removeUser(2));
    clock.advanceMs(10);
    expect(holders.at(-1)).toBe(3);
    expect(progress).toContain('3: 3 granted 0');
  });

  test('what may not be is refused, each by its code', async () => {
    const { clock, join } = conference({ version, policy: 'queue' });
    const { participant, connection } = join(1);
    join(2);
    const errorOf = async (answer: Promise<BfcpMessage | undefined>): Promise<number | undefined> => {
      clock.advanceMs(10);
      return attribute((await answer)?.attributes ?? [], 'ERROR-CODE')?.code;
    };
    const ask = (primitive: number, ids: { conferenceId?: number; userId?: number } = {}) =>
      new Promise<BfcpMessage | undefined>((resolve) => {
        connection.request({ primitive, conferenceId: CONFERENCE_ID, userId: 1, attributes: [], ...ids }, resolve);
      });
    expect(await errorOf(participant.request(9))).toBe(ERROR_CODES.invalidFloorId);
    expect(await errorOf(participant.release(9))).toBe(ERROR_CODES.floorRequestIdDoesNotExist);
    expect(await errorOf(ask(PRIMITIVES.Hello, { conferenceId: 8 }))).toBe(ERROR_CODES.conferenceDoesNotExist);
    // Another's name over one's own connection.
    expect(await errorOf(ask(PRIMITIVES.Hello, { userId: 2 }))).toBe(ERROR_CODES.userDoesNotExist);
    expect(await errorOf(ask(PRIMITIVES.ChairAction))).toBe(ERROR_CODES.unauthorizedOperation);
    expect(await errorOf(ask(200))).toBe(ERROR_CODES.unknownPrimitive);
    for (let n = 0; n < 4; n++) expect(await errorOf(participant.request(FLOOR_ID))).toBeUndefined();
    expect(await errorOf(participant.request(FLOOR_ID))).toBe(ERROR_CODES.maximumFloorRequestsReached);
  });

  test('who asked for a floor is told of every change', () => {
    const { clock, join, primitives } = conference({ version, policy: 'queue' });
    const watcher = join(1);
    const query = { primitive: PRIMITIVES.FloorQuery, conferenceId: CONFERENCE_ID, userId: 1 };
    watcher.connection.request({ ...query, attributes: [{ name: 'FLOOR-ID', value: FLOOR_ID }] });
    clock.advanceMs(10);
    const { participant } = join(2);
    void participant.request(FLOOR_ID);
    clock.advanceMs(10);
    expect(primitives.filter((each) => each === 'FloorStatus')).toHaveLength(2);
    expect(primitives.filter((each) => each === 'FloorStatusAck')).toHaveLength(version - 1);
  });
});

describe('over UDP', () => {
  test('what is lost comes again at 0.5, 1.5 and 3.5 s, and gets the same answer', async () => {
    // The request, its first two retransmissions, and the first answer are lost.
    const { clock, join, holders, primitives } = conference({
      version: 2,
      policy: 'queue',
      isLost: (n) => n < 2 || n === 3,
    });
    const answer = join(1).participant.request(FLOOR_ID);
    clock.advanceMs(499);
    expect(primitives).toHaveLength(1);
    clock.advanceMs(1100);
    expect(primitives).toHaveLength(4);
    clock.advanceMs(2000);
    expect(primitiveName((await answer)?.primitive ?? 0)).toBe('FloorRequestStatus');
    expect(holders).toEqual([1]);
  });

  test('silence ends the transaction after three retransmissions, and leaves no timer', async () => {
    const { clock, join, primitives } = conference({ version: 2, policy: 'queue', isLost: () => true });
    const answer = join(1).participant.hello();
    clock.advanceMs(60_000);
    expect(await answer).toBeUndefined();
    expect(primitives).toHaveLength(4);
    expect(clock.pending).toBe(0);
  });

  test('what cannot be read is answered with an Error; an answer that cannot be read, with nothing', () => {
    const clock = new VirtualClock();
    const errors: string[] = [];
    const connection = new BfcpConnection({
      clock,
      role: 'server',
      version: 2,
      send: () => {},
      onMessage: () => errors.push('delivered'),
      onFault: (_, error) => errors.push(error),
    });
    const hello = formatMessage({
      version: 2,
      isResponse: false,
      primitive: PRIMITIVES.Hello,
      conferenceId: CONFERENCE_ID,
      transactionId: 1,
      userId: 1,
      attributes: [],
    });
    connection.receive(Uint8Array.of(...hello, 0));
    connection.receive(hello.map((octet, at) => (at === 0 ? octet | 0x10 : at === 3 ? 1 : octet)));
    connection.receive(hello.subarray(0, 11));
    connection.receive(Uint8Array.of(...hello.subarray(0, 3), 1, ...hello.subarray(4), 0xc7, 4, 0, 0));
    expect(errors).toEqual(['incorrectMessageLength', 'unknownMandatoryAttribute']);
  });
});
