import {
  cseqOf,
  decimalOf,
  header,
  parseEventType,
  type Referral,
  reasonPhraseOf,
  referralOf,
  type SipHeader,
  sipFragment,
} from '@plugfest/sip';
import type { Call } from './call.ts';
import { respond } from './in-dialog.ts';
import { Notifier } from './notifier.ts';
import type { ServerTransaction } from './server-transaction.ts';
import type { ResponseSpec } from './session.ts';

/** How long a referral may take; its last NOTIFY comes earlier. */
const REFERRAL_S = 180;
/** More at once in one call, and the next is told to come later. */
const MAX_REFERRALS = 4;

/** Tells the referrer how the call that it asked for is going; a final status is the last word. */
export type ReferralReport = (statusCode: number, reasonPhrase?: string) => void;

/** Refuses a REFER, or carries it out once it has been accepted with 202. */
export type ReferralDecision = ResponseSpec | ((report: ReferralReport) => void);

interface Running {
  readonly notifier: Notifier;
  lastStatus: readonly [number, string];
}

/** The REFERs that a peer sent within a call, and what it is told of them. @see RFC 3515 §2.4, RFC 4488 */
export class Referrals {
  readonly #call: Call;
  readonly #running = new Map<string, Running>();

  constructor(call: Call) {
    this.#call = call;
  }

  receive(transaction: ServerTransaction, onRefer: (referral: Referral) => ReferralDecision): void {
    const { request } = transaction;
    const referral = referralOf(request);
    if ('statusCode' in referral) {
      respond(this.#call, transaction, referral);
      return;
    }
    const isBusy = this.#running.size >= MAX_REFERRALS;
    const decision = isBusy ? { statusCode: 503, headers: [{ name: 'Retry-After', value: '10' }] } : onRefer(referral);
    if (typeof decision !== 'function') {
      respond(this.#call, transaction, decision);
      return;
    }
    const isSilent = referral.isSilent && this.#call.core.identity.profile.extensions.includes('norefersub');
    const silence: SipHeader[] = isSilent ? [{ name: 'Refer-Sub', value: 'false' }] : [];
    const contact = this.#call.core.identity.contact(transaction.flow);
    respond(this.#call, transaction, { statusCode: 202, headers: [contact, ...silence] });
    decision(isSilent ? () => undefined : this.#begin(transaction));
  }

  /** A SUBSCRIBE that prolongs a referral's subscription, or ends it; false: it is for none of them. @see RFC 3515 §2.4.4 */
  receiveSubscribe(transaction: ServerTransaction): boolean {
    const { request } = transaction;
    const event = parseEventType(header(request, 'Event') ?? '');
    if (event?.name !== 'refer') return false;
    const running = this.#running.get(event.id ?? [...this.#running.keys()][0] ?? '');
    if (running === undefined) {
      respond(this.#call, transaction, { statusCode: 481 });
      return true;
    }
    const askedS = decimalOf(header(request, 'Expires') ?? '', 2 ** 32 - 1) ?? REFERRAL_S;
    const expiresS = Math.min(askedS, REFERRAL_S);
    const contact = this.#call.core.identity.contact(transaction.flow);
    respond(this.#call, transaction, {
      statusCode: 200,
      headers: [contact, { name: 'Expires', value: `${expiresS}` }],
    });
    if (expiresS === 0) running.notifier.terminate('timeout', { body: sipFragment(...running.lastStatus) });
    else {
      running.notifier.extend(expiresS, () => sipFragment(...running.lastStatus));
      void running.notifier.notify(sipFragment(...running.lastStatus));
    }
    return true;
  }

  stop(): void {
    for (const { notifier } of [...this.#running.values()]) notifier.stop();
  }

  /** The first NOTIFY comes at once. */
  #begin({ request }: ServerTransaction): ReferralReport {
    const id = String(cseqOf(request)?.number ?? 0);
    const notifier = new Notifier(this.#call.core, this.#call, request, { name: 'refer', id });
    const running: Running = { notifier, lastStatus: [100, reasonPhraseOf(100)] };
    this.#running.set(id, running);
    notifier.ended.then(() => this.#running.delete(id));
    notifier.extend(REFERRAL_S, () => sipFragment(...running.lastStatus));
    void notifier.notify(sipFragment(...running.lastStatus));
    return (statusCode, reasonPhrase = reasonPhraseOf(statusCode)) => {
      running.lastStatus = [statusCode, reasonPhrase];
      const body = sipFragment(statusCode, reasonPhrase);
      if (statusCode >= 200) notifier.terminate('noresource', { body });
      else void notifier.notify(body);
    };
  }
}
