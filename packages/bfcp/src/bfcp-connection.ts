import type { Clock, Timer } from '@plugfest/model';
import { formatFragments } from './format-message.ts';
import { BfcpFragmentAssembler } from './fragment-assembler.ts';
import { type BfcpHeader, type BfcpMessage, type ErrorName, PRIMITIVES } from './message.ts';
import { parseHeader, parseMessage } from './parse-message.ts';

/** First wait for an answer over UDP, doubled with each retransmission. @see RFC 8855 §8.3.1, §16.1 */
const T1_MS = 500;
const MAX_RETRANSMISSIONS = 3;
/** How long an answer is kept for a request that comes again. @see RFC 8855 §8.3.2, §16.2 */
const T2_MS = 10_000;
/** Answers kept at a time, and requests of ours that wait for one. */
const MAX_TRANSACTIONS = 64;
/** @see RFC 8855 §6.2.3 */
const MAX_DATAGRAM_OCTETS = 1200;

/** What the other side acknowledges over UDP. @see RFC 8855 §8.1 */
const ACKNOWLEDGED_BY: ReadonlyMap<number, number> = new Map([
  [PRIMITIVES.FloorRequestStatus, PRIMITIVES.FloorRequestStatusAck],
  [PRIMITIVES.FloorStatus, PRIMITIVES.FloorStatusAck],
]);

/** What is wrong with a message that cannot be read, as the peer is told. @see RFC 8855 §13.8, Table 5 */
const ERROR_OF_FAULT: Readonly<Record<string, ErrorName>> = {
  'unsupported-version': 'unsupportedVersion',
  'wrong-length': 'incorrectMessageLength',
  'unknown-mandatory-attribute': 'unknownMandatoryAttribute',
};

type Unaddressed = Omit<BfcpMessage, 'version' | 'isResponse' | 'transactionId'>;

export interface BfcpConnectionOptions {
  readonly clock: Clock;
  /** The server speaks first with transaction 0 over TCP; a participant always takes a number. @see RFC 8855 §8 */
  readonly role: 'server' | 'participant';
  /** 1 over TCP and TLS, 2 over UDP and DTLS. */
  readonly version: 1 | 2;
  readonly send: (bytes: Uint8Array) => void;
  /** A request, or over TCP what the server says unasked. */
  readonly onMessage: (message: BfcpMessage) => void;
  /** Something that cannot be read, with a header that can: the server owes an Error. */
  readonly onFault?: (header: BfcpHeader, error: ErrorName, text: string) => void;
}

interface Pending {
  readonly parts: readonly Uint8Array[];
  readonly onAnswer: (answer: BfcpMessage | undefined) => void;
  retransmissions: number;
  timer: Timer | undefined;
}

/** The transactions of one BFCP connection, over a stream or over datagrams, without sockets. @see RFC 8855 §8 */
export class BfcpConnection {
  readonly #options: BfcpConnectionOptions;
  readonly #assembler = new BfcpFragmentAssembler();
  readonly #pending = new Map<number, Pending>();
  readonly #answered = new Map<string, { readonly parts: readonly Uint8Array[]; readonly timer: Timer }>();
  #lastTransactionId = 0;

  constructor(options: BfcpConnectionOptions) {
    this.#options = options;
  }

  /** One datagram, or one message out of a stream. Never throws. */
  receive(bytes: Uint8Array): void {
    const whole = this.#assembler.push(bytes);
    if (whole === undefined) return;
    const header = parseHeader(whole);
    // Without a header nobody could be answered; and an answer that cannot be read is answered by nobody.
    if (!header.ok) return;
    if (this.#isAnswered(header.value)) return;
    const message = parseMessage(whole);
    if (!message.ok) {
      const error = ERROR_OF_FAULT[message.error.code] ?? 'unableToParseMessage';
      if (!header.value.isResponse) this.#options.onFault?.(header.value, error, message.error.text);
      return;
    }
    if (this.#takeAnswer(message.value)) return;
    if (!message.value.isResponse) this.#acknowledgeAndDeliver(message.value);
  }

  /** Sends what starts a transaction. `onAnswer` is told undefined where none comes in time; over TCP the server's are not answered. */
  request(message: Unaddressed, onAnswer: (answer: BfcpMessage | undefined) => void = () => {}): void {
    const { version, role } = this.#options;
    const isUnanswered = version === 1 && role === 'server';
    const transactionId = isUnanswered ? 0 : this.#nextTransactionId();
    const parts = formatFragments({ ...message, version, isResponse: false, transactionId }, MAX_DATAGRAM_OCTETS);
    this.#send(parts);
    if (isUnanswered) return;
    const pending: Pending = { parts, onAnswer, retransmissions: 0, timer: undefined };
    this.#pending.set(transactionId, pending);
    if (version === 2) this.#schedule(transactionId, pending, T1_MS);
  }

  /** Answers a request; what is asked again within T2 gets the same answer. */
  respond(answers: BfcpHeader, message: Unaddressed): void {
    const { version, clock } = this.#options;
    const { transactionId } = answers;
    const parts = formatFragments({ ...message, version, isResponse: true, transactionId }, MAX_DATAGRAM_OCTETS);
    this.#send(parts);
    if (version === 1) return;
    const key = keyOf(answers);
    this.#forget(key);
    if (this.#answered.size >= MAX_TRANSACTIONS) this.#forget(this.#answered.keys().next().value as string);
    this.#answered.set(key, { parts, timer: clock.schedule(T2_MS, () => this.#answered.delete(key)) });
  }

  /** Stops all timers; nothing more is told to anybody. */
  close(): void {
    for (const { timer } of this.#pending.values()) timer?.cancel();
    for (const key of [...this.#answered.keys()]) this.#forget(key);
    this.#pending.clear();
  }

  #isAnswered(header: BfcpHeader): boolean {
    const kept = header.isResponse ? undefined : this.#answered.get(keyOf(header));
    if (kept !== undefined) this.#send(kept.parts);
    return kept !== undefined;
  }

  #takeAnswer(message: BfcpMessage): boolean {
    const isAnswer = this.#options.version === 2 ? message.isResponse : this.#options.role === 'participant';
    const pending = isAnswer ? this.#pending.get(message.transactionId) : undefined;
    if (pending === undefined) return false;
    pending.timer?.cancel();
    this.#pending.delete(message.transactionId);
    pending.onAnswer(message);
    return true;
  }

  #acknowledgeAndDeliver(message: BfcpMessage): void {
    const primitive = this.#options.version === 2 ? ACKNOWLEDGED_BY.get(message.primitive) : undefined;
    if (primitive !== undefined) {
      const { conferenceId, userId } = message;
      this.respond(message, { primitive, conferenceId, userId, attributes: [] });
    }
    this.#options.onMessage(message);
  }

  #schedule(transactionId: number, pending: Pending, delayMs: number): void {
    pending.timer = this.#options.clock.schedule(delayMs, () => {
      if (pending.retransmissions === MAX_RETRANSMISSIONS) {
        this.#pending.delete(transactionId);
        pending.onAnswer(undefined);
        return;
      }
      pending.retransmissions++;
      this.#send(pending.parts);
      this.#schedule(transactionId, pending, delayMs * 2);
    });
  }

  #send(parts: readonly Uint8Array[]): void {
    for (const part of parts) this.#options.send(part);
  }

  #forget(key: string): void {
    this.#answered.get(key)?.timer.cancel();
    this.#answered.delete(key);
  }

  /** Not 0, and none that waits for its answer; the oldest gives way where a peer answers nothing. @see RFC 8855 §8.1 */
  #nextTransactionId(): number {
    if (this.#pending.size >= MAX_TRANSACTIONS) {
      const oldest = this.#pending.entries().next().value as [number, Pending];
      oldest[1].timer?.cancel();
      this.#pending.delete(oldest[0]);
      oldest[1].onAnswer(undefined);
    }
    do this.#lastTransactionId = (this.#lastTransactionId % 0xffff) + 1;
    while (this.#pending.has(this.#lastTransactionId));
    return this.#lastTransactionId;
  }
}

function keyOf({ conferenceId, userId, transactionId, primitive }: BfcpHeader): string {
  return `${conferenceId}:${userId}:${transactionId}:${primitive}`;
}
