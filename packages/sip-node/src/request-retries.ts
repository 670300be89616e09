import { cseqOf, type SipRequest, type SipResponse, withHeader } from '@plugfest/sip';
import type { Call } from './call.ts';
import { authorizedRetry } from './exchange.ts';

/** The further tries of one request of a call: one with credentials, and one with a longer session timer for each refusal that asks for it. */
export class RequestRetries {
  readonly #call: Call;
  #isAuthorized = false;

  constructor(call: Call) {
    this.#call = call;
  }

  /** The request to send after this refusal, with the next CSeq number; undefined where the response is to be taken as it is. */
  next(request: SipRequest, response: SipResponse): SipRequest | undefined {
    if (this.#call.state === 'terminated') return undefined;
    const authorized = this.#isAuthorized ? undefined : authorizedRetry(this.#call.core.digest, request, response);
    if (authorized !== undefined) this.#isAuthorized = true;
    return authorized ?? this.#withLongerTimer(request, response);
  }

  /** @see RFC 4028 §7.3 */
  #withLongerTimer(request: SipRequest, response: SipResponse): SipRequest | undefined {
    const raised = this.#call.timing.raised(request, response);
    if (raised === undefined) return undefined;
    const sequence = `${(cseqOf(request)?.number ?? 0) + 1} ${request.method}`;
    return raised.reduce(
      (next, { name, value }) => withHeader(next, name, value),
      withHeader(request, 'CSeq', sequence),
    );
  }
}
