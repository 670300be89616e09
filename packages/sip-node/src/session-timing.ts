import type { Timer } from '@plugfest/model';
import {
  answerTimer,
  hangUpAfterS,
  header,
  headerValues,
  LEAST_INTERVAL_S,
  leastAfterRefusal,
  refreshAfterS,
  type SessionTerms,
  type SessionTimerPolicy,
  type SipHeader,
  type SipMessageBase,
  type SipRequest,
  type SipResponse,
  type TimerAnswer,
  termsOf,
  timerRequestHeaders,
} from '@plugfest/sip';
import type { Call } from './call.ts';
import { bodyOf } from './in-dialog.ts';

/** Requests that refresh a session. @see RFC 4028 §4 */
const REFRESHING = ['INVITE', 'UPDATE'];
/** Answers of a peer that takes no UPDATE, whatever its Allow says. */
const NO_UPDATE = [405, 420, 501];
/** Each proxy on the way may raise the interval once. */
const MAX_RAISES = 5;
/** A refresh that failed is tried again when half of the time that is left has passed, down to this. */
const LEAST_PAUSE_MS = 2000;
/** What a timer of the host can count. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Keeps a call's session timer: what was agreed, the refreshes, and the end of a call that nobody refreshes. @see RFC 4028 */
export class SessionTiming {
  readonly #call: Call;
  readonly #policy: SessionTimerPolicy | undefined;
  #terms: SessionTerms | undefined;
  #leastS: number;
  #raises = 0;
  #takesUpdate = false;
  #refusedUpdate = false;
  #refresh: Timer | undefined;
  #farewell: Timer | undefined;
  #endsAtMs = 0;

  constructor(call: Call, policy: SessionTimerPolicy | undefined) {
    this.#call = call;
    this.#policy = policy;
    this.#leastS = Math.max(policy?.leastS ?? 0, LEAST_INTERVAL_S);
  }

  /** What is agreed on at the moment. */
  get terms(): SessionTerms | undefined {
    return this.#terms;
  }

  /** What an INVITE or UPDATE of ours has to say. */
  requestHeaders(method: string): SipHeader[] {
    if (this.#policy === undefined || !REFRESHING.includes(method) || this.#isEarlyUpdate(method)) return [];
    return timerRequestHeaders(this.#policy, this.#terms, this.#leastS);
  }

  /** The headers of the next try after a 422; undefined where there is nothing to try. @see RFC 4028 §7.3 */
  raised(request: SipRequest, response: SipResponse): readonly SipHeader[] | undefined {
    if (header(request, 'Session-Expires') === undefined || this.#raises >= MAX_RAISES) return undefined;
    const leastS = leastAfterRefusal(response, this.#leastS);
    if (this.#policy === undefined || leastS === undefined) return undefined;
    this.#raises++;
    this.#leastS = leastS;
    return timerRequestHeaders(this.#policy, this.#terms, leastS);
  }

  /** What a request of the peer's gets for its wish; undefined where it is none that refreshes. */
  answer(request: SipRequest): TimerAnswer | undefined {
    if (this.#policy === undefined || !REFRESHING.includes(request.method) || this.#isEarlyUpdate(request.method))
      return undefined;
    return answerTimer(request, this.#policy, this.#terms);
  }

  /** We sent a 2xx to a request of the peer's. */
  answered(request: SipRequest, answer: TimerAnswer | undefined): void {
    this.#learn(request);
    if (answer?.ok) this.#agree(answer.terms);
  }

  /** The peer sent a 2xx to a request of ours. */
  accepted(request: SipRequest, response: SipResponse): void {
    if (this.#policy === undefined || !REFRESHING.includes(request.method) || this.#isEarlyUpdate(request.method))
      return;
    this.#learn(response);
    this.#agree(termsOf(response));
  }

  stop(): void {
    this.#refresh?.cancel();
    this.#farewell?.cancel();
  }

  /** A session begins with the 2xx to its INVITE: before that there is none to refresh. */
  #isEarlyUpdate(method: string): boolean {
    return method === 'UPDATE' && this.#call.state !== 'established';
  }

  #learn(message: SipMessageBase): void {
    const allowed = headerValues(message, 'Allow');
    if (allowed.length > 0) this.#takesUpdate = allowed.includes('UPDATE');
  }

  #agree(terms: SessionTerms | undefined): void {
    this.stop();
    this.#terms = terms;
    if (terms === undefined || this.#call.state === 'terminated') return;
    const farewellMs = hangUpAfterS(terms) * 1000;
    this.#endsAtMs = this.#nowMs + farewellMs;
    this.#farewell = this.#after(farewellMs, () => void this.#hangUp());
    if (terms.weRefresh) this.#refresh = this.#after(refreshAfterS(terms) * 1000, () => void this.#refreshNow());
  }

  async #refreshNow(): Promise<void> {
    const call = this.#call;
    if (call.state !== 'established' || call.isLeaving) return;
    const response = await this.#sendRefresh();
    // A 2xx has set the timers anew; after a 408 or 481 the call is over.
    if (response.statusCode < 300 || call.isLeaving) return;
    const pauseMs = Math.max((this.#endsAtMs - this.#nowMs) / 2, LEAST_PAUSE_MS);
    this.#refresh?.cancel();
    this.#refresh = this.#after(pauseMs, () => void this.#refreshNow());
  }

  /** By UPDATE, which leaves the session alone; else by a re-INVITE that offers what there is. @see RFC 4028 §7.4 */
  async #sendRefresh(): Promise<SipResponse> {
    const call = this.#call;
    if (this.#takesUpdate && !this.#refusedUpdate) {
      const response = await call.update(null);
      if (!NO_UPDATE.includes(response.statusCode)) return response;
      this.#refusedUpdate = true;
    }
    const offer = (await call.onRefresh?.()) ?? call.described ?? null;
    const response = await call.reinvite(offer);
    if (response.statusCode < 300 && offer !== null) call.onAnswer?.(bodyOf(response), response);
    return response;
  }

  /** @see RFC 4028 §10 */
  async #hangUp(): Promise<void> {
    this.stop();
    if (this.#call.state !== 'established') return;
    await this.#call.hangUp([{ name: 'Reason', value: 'SIP;cause=408;text="Session timer expired"' }], 'timeout');
  }

  get #nowMs(): number {
    return this.#call.core.clock.nowUs() / 1000;
  }

  #after(delayMs: number, run: () => void): Timer | undefined {
    return delayMs > MAX_DELAY_MS ? undefined : this.#call.core.clock.schedule(delayMs, run);
  }
}
