import type { Timer } from '@plugfest/model';
import {
  createResponse,
  cseqOf,
  firstReliableNumber,
  header,
  parseRAck,
  type SipRequest,
  type SipResponse,
} from '@plugfest/sip';
import type { CallCore } from './call-core.ts';
import type { ServerTransaction } from './server-transaction.ts';
import type { ResponseSpec } from './session.ts';

interface Outstanding {
  readonly number: number;
  readonly spec: ResponseSpec;
  readonly done: (prack: SipRequest | undefined) => void;
}

/** Provisional responses of one INVITE that are sent until their PRACK comes, one after the other. @see RFC 3262 §3 */
export class ReliableProgress {
  readonly #core: CallCore;
  readonly #transaction: ServerTransaction;
  readonly #toTag: string;
  readonly #onUnacknowledged: () => void;
  readonly #waiting: Outstanding[] = [];
  #settled = Promise.withResolvers<void>();
  #number: number;
  #current: Outstanding | undefined;
  #repetition: Timer | undefined;
  #giveUp: Timer | undefined;

  /** `onUnacknowledged`: no PRACK came within 64 × T1; a 5xx is owed. */
  constructor(core: CallCore, transaction: ServerTransaction, toTag: string, onUnacknowledged: () => void) {
    this.#core = core;
    this.#transaction = transaction;
    this.#toTag = toTag;
    this.#onUnacknowledged = onUnacknowledged;
    this.#number = firstReliableNumber(core.random.next());
  }

  /** A description is on its way: the 2xx has to wait for the PRACK. @see RFC 3262 §3 */
  get holdsSuccess(): boolean {
    return this.#current?.spec.body !== undefined || this.#waiting.some(({ spec }) => spec.body !== undefined);
  }

  /** Resolves when nothing waits for a PRACK any more. */
  get settled(): Promise<void> {
    return this.#current === undefined ? Promise.resolve() : this.#settled.promise;
  }

  /** Resolves with the PRACK; undefined when the INVITE was answered, refused or cancelled first. */
  send(spec: ResponseSpec): Promise<SipRequest | undefined> {
    return new Promise((done) => {
      this.#waiting.push({ number: this.#number++, spec, done });
      if (this.#current === undefined) this.#sendNext();
    });
  }

  /** Whether the PRACK is for the response that waits for one. */
  matches(prack: SipRequest): boolean {
    const rack = parseRAck(header(prack, 'RAck') ?? '');
    const invite = cseqOf(this.#transaction.request);
    return (
      rack !== undefined &&
      rack.responseNumber === this.#current?.number &&
      rack.method === 'INVITE' &&
      rack.sequence === invite?.number
    );
  }

  /** The PRACK (one that `matches`) was answered. */
  acknowledge(prack: SipRequest): void {
    const current = this.#current;
    this.#stopTimers();
    this.#current = undefined;
    current?.done(prack);
    this.#sendNext();
  }

  stop(): void {
    this.#stopTimers();
    for (const { done } of [...(this.#current ? [this.#current] : []), ...this.#waiting.splice(0)]) done(undefined);
    this.#current = undefined;
    this.#settled.resolve();
  }

  #sendNext(): void {
    const next = this.#waiting.shift();
    this.#current = next;
    if (next === undefined) {
      this.#settled.resolve();
      this.#settled = Promise.withResolvers();
      return;
    }
    const headers = [
      { name: 'Require', value: '100rel' },
      { name: 'RSeq', value: String(next.number) },
      ...(next.spec.headers ?? []),
      ...this.#core.identity.responseHeaders(),
    ];
    const response = createResponse(this.#transaction.request, { ...next.spec, headers, toTag: this.#toTag });
    const { clock, timerBase } = this.#core;
    this.#transaction.respond(response);
    this.#repeatAfter(response, timerBase.t1Ms);
    this.#giveUp = clock.schedule(64 * timerBase.t1Ms, () => {
      this.stop();
      this.#onUnacknowledged();
    });
  }

  /** The pause doubles without end: T2 is no limit here. */
  #repeatAfter(response: SipResponse, delayMs: number): void {
    this.#repetition = this.#core.clock.schedule(delayMs, () => {
      this.#transaction.respond(response);
      this.#repeatAfter(response, 2 * delayMs);
    });
  }

  #stopTimers(): void {
    this.#repetition?.cancel();
    this.#giveUp?.cancel();
  }
}
