import type { Clock, Timer } from '@plugfest/model';
import { cseqOf, type SipRequest, type SipResponse, type TimerBase } from '@plugfest/sip';
import type { ServerTransaction } from './server-transaction.ts';

/** A 2xx to an INVITE, sent again until its ACK comes, over reliable transports too. @see RFC 3261 §13.3.1.4 */
export class SuccessResponse {
  readonly sequence: number;
  readonly acknowledged: Promise<SipRequest>;
  readonly #acknowledge: (ack: SipRequest) => void;
  readonly #clock: Clock;
  readonly #base: TimerBase;
  readonly #transaction: ServerTransaction;
  readonly #response: SipResponse;
  #timer: Timer | undefined;
  #giveUp: Timer;

  constructor(
    clock: Clock,
    base: TimerBase,
    transaction: ServerTransaction,
    response: SipResponse,
    onUnacknowledged: () => void,
  ) {
    const { promise, resolve } = Promise.withResolvers<SipRequest>();
    this.acknowledged = promise;
    this.#acknowledge = resolve;
    this.sequence = cseqOf(transaction.request)?.number ?? 0;
    this.#clock = clock;
    this.#base = base;
    this.#transaction = transaction;
    this.#response = response;
    transaction.respond(response);
    this.#giveUp = clock.schedule(64 * base.t1Ms, () => {
      this.stop();
      onUnacknowledged();
    });
    this.#repeatAfter(base.t1Ms);
  }

  #repeatAfter(delayMs: number): void {
    this.#timer = this.#clock.schedule(delayMs, () => {
      this.#transaction.respond(this.#response);
      this.#repeatAfter(Math.min(2 * delayMs, this.#base.t2Ms));
    });
  }

  receiveAck(ack: SipRequest): void {
    this.stop();
    this.#acknowledge(ack);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#giveUp.cancel();
  }
}
