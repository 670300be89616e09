import type { Call } from './call.ts';
import { bodyOf, guarded, respond } from './in-dialog.ts';
import type { ServerTransaction } from './server-transaction.ts';
import type { OfferOutcome, ResponseSpec } from './session.ts';

/** Answers a PRACK: its body is the answer to an offer of ours in the 1xx, or an offer. @see RFC 3262 §3, §5 */
export async function answerPrack(call: Call, transaction: ServerTransaction): Promise<void> {
  const { request } = transaction;
  const body = bodyOf(request);
  if (call.pendingOffer === 'ours') {
    call.pendingOffer = undefined;
    respond(call, transaction, { statusCode: 200 });
    call.onAnswer?.(body, request);
    return;
  }
  // What we put into the 1xx was the answer: from here on it is settled.
  call.pendingOffer = undefined;
  if (body === null) {
    respond(call, transaction, { statusCode: 200 });
    return;
  }
  call.pendingOffer = 'theirs';
  const outcome: OfferOutcome | ResponseSpec = call.onReinvite
    ? await guarded(() => call.onReinvite?.(body, request))
    : { statusCode: 488 };
  call.pendingOffer = undefined;
  respond(call, transaction, 'statusCode' in outcome ? outcome : { statusCode: 200, body: outcome });
}
