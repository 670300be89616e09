import {
  createResponse,
  cseqOf,
  glareOf,
  header,
  receiveInDialog,
  type SipBody,
  type SipHeader,
  type SipMessageBase,
  type SipRequest,
} from '@plugfest/sip';
import type { Call } from './call.ts';
import type { ServerTransaction } from './server-transaction.ts';
import type { OfferOutcome, ResponseSpec } from './session.ts';
import { SuccessResponse } from './success-response.ts';

/** The whole body of a message and its type (multipart left whole); null without body. */
export function bodyOf(message: SipMessageBase): SipBody | null {
  return message.body.length === 0
    ? null
    : { contentType: header(message, 'Content-Type') ?? 'application/sdp', body: message.body };
}

/** Handles a request of the peer within a call. @see RFC 3261 §12.2.2, §14.2, §15.1.2 */
export function receiveRequest(call: Call, transaction: ServerTransaction): void {
  const { request } = transaction;
  const next = call.dialog && receiveInDialog(call.dialog, request);
  if (next === undefined) {
    respond(call, transaction, { statusCode: 500, reasonPhrase: 'Server Internal Error (CSeq out of order)' });
    return;
  }
  if (call.isLeaving && request.method !== 'BYE') {
    respond(call, transaction, { statusCode: 481 });
    return;
  }
  if (request.method !== 'BYE' && !call.counter.takesRequest()) {
    respond(call, transaction, { statusCode: 503, reasonPhrase: 'Service Unavailable (too many requests in a call)' });
    void call.bye([{ name: 'Reason', value: 'SIP;cause=503;text="Too many requests"' }]);
    return;
  }
  const conflict = conflictOf(call, request);
  if (conflict !== undefined) {
    if (call.dialog !== undefined) call.dialog = { ...call.dialog, remoteSequence: next.remoteSequence };
    respond(call, transaction, conflict);
    return;
  }
  call.dialog = next;
  const handle = HANDLERS[request.method] ?? receiveOther;
  handle(call, transaction);
}

/** @see RFC 3261 §14.2, RFC 3311 §5.2 */
function conflictOf(call: Call, request: SipRequest): ResponseSpec | undefined {
  if (request.method !== 'INVITE' && request.method !== 'UPDATE') return undefined;
  const withOffer = request.body.length > 0 ? 'update-with-offer' : 'update';
  const { pendingOffer, inviting, answering } = call;
  const proposal = request.method === 'INVITE' ? 'invite' : withOffer;
  const statusCode = glareOf(proposal, { pendingOffer, inviting, answering: answering !== undefined });
  if (statusCode !== 500) return statusCode && { statusCode };
  const retryAfterS = Math.floor(call.core.random.next() * 11);
  return { statusCode: 500, headers: [{ name: 'Retry-After', value: String(retryAfterS) }] };
}

export function respond(call: Call, transaction: ServerTransaction, spec: ResponseSpec): void {
  transaction.respond(
    createResponse(transaction.request, {
      ...spec,
      toTag: call.localTag,
      headers: [...(spec.headers ?? []), ...call.core.identity.responseHeaders()],
    }),
  );
}

const HANDLERS: Readonly<Record<string, (call: Call, transaction: ServerTransaction) => void>> = {
  BYE: receiveBye,
  INVITE: (call, transaction) => void receiveOffer(call, transaction),
  UPDATE: (call, transaction) => void receiveOffer(call, transaction),
  PRACK: (call, transaction) => {
    if (!call.receivePrack(transaction)) respond(call, transaction, { statusCode: 481 });
  },
  REFER: (call, transaction) => {
    if (call.onRefer === undefined) void receiveOther(call, transaction);
    else call.referrals.receive(transaction, call.onRefer);
  },
  SUBSCRIBE: (call, transaction) => {
    if (!call.referrals.receiveSubscribe(transaction)) void receiveOther(call, transaction);
  },
  INFO: (call, transaction) => respond(call, transaction, call.onInfo?.(transaction.request) ?? { statusCode: 200 }),
  OPTIONS: (call, transaction) =>
    respond(call, transaction, { statusCode: 200, headers: call.core.identity.capabilityHeaders() }),
};

function receiveBye(call: Call, transaction: ServerTransaction): void {
  respond(call, transaction, { statusCode: 200 });
  if (call.answering !== undefined) respond(call, call.answering, { statusCode: 487 });
  call.onBye?.(transaction.request);
  call.end('remote-bye', transaction.request);
}

async function receiveOther(call: Call, transaction: ServerTransaction): Promise<void> {
  if (call.onRequest !== undefined)
    respond(call, transaction, await guarded(() => call.onRequest?.(transaction.request)));
  else respond(call, transaction, { statusCode: 501, headers: call.core.identity.capabilityHeaders() });
}

/** A callback that throws is our fault, not the peer's: 500. */
export async function guarded<T extends object>(run: () => T | Promise<T> | undefined): Promise<T | ResponseSpec> {
  try {
    return (await run()) ?? { statusCode: 500 };
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
    return { statusCode: 500 };
  }
}

/** A re-INVITE, or an UPDATE (which must have an offer or only refreshes the target). */
async function receiveOffer(call: Call, transaction: ServerTransaction): Promise<void> {
  const { request } = transaction;
  const offer = bodyOf(request);
  const timer = call.timing.answer(request);
  if (timer?.ok === false) {
    respond(call, transaction, timer);
    return;
  }
  if (request.method === 'UPDATE' && offer === null) {
    const headers = [...contactHeaders(call, transaction), ...(timer?.headers ?? [])];
    respond(call, transaction, { statusCode: 200, headers });
    call.timing.answered(request, timer);
    return;
  }
  call.answering = transaction;
  if (offer !== null) call.pendingOffer = 'theirs';
  transaction.onCancel = () => respond(call, transaction, { statusCode: 487 });
  const outcome: OfferOutcome | ResponseSpec = call.onReinvite
    ? await guarded(() => call.onReinvite?.(offer, request))
    : { statusCode: 488 };
  call.answering = undefined;
  call.pendingOffer = undefined;
  if (transaction.statusCode >= 200) return;
  const spec: ResponseSpec = 'statusCode' in outcome ? outcome : { statusCode: 200, body: outcome };
  const isTaken = spec.statusCode < 300;
  if (isTaken && spec.body !== undefined) call.described = spec.body;
  const headers = [...(spec.headers ?? []), ...(isTaken ? (timer?.headers ?? []) : [])];
  if (!isTaken || request.method !== 'INVITE')
    respond(call, transaction, { ...spec, headers: [...headers, ...contactHeaders(call, transaction)] });
  if (isTaken) call.timing.answered(request, timer);
  if (!isTaken || request.method !== 'INVITE') return;
  const success = succeed(call, transaction, { ...spec, headers });
  if (offer === null) success.acknowledged.then((ack) => call.onAnswer?.(bodyOf(ack), ack));
}

function contactHeaders(call: Call, transaction: ServerTransaction): SipHeader[] {
  return [call.core.identity.contact(transaction.flow), ...call.core.identity.capabilityHeaders()];
}

/** Sends a 2xx to an INVITE and sees to its ACK; without one the call is hung up. */
export function succeed(call: Call, transaction: ServerTransaction, spec: ResponseSpec): SuccessResponse {
  const headers = [
    ...contactHeaders(call, transaction),
    ...call.core.identity.responseHeaders(),
    ...(spec.headers ?? []),
  ];
  const response = createResponse(transaction.request, { ...spec, toTag: call.localTag, headers });
  const success = new SuccessResponse(call.core.clock, call.core.timerBase, transaction, response, () => {
    call.state = 'established';
    void call.hangUp();
  });
  call.successes.set(success.sequence, success);
  const isOffer = spec.body !== undefined && transaction.request.body.length === 0;
  call.pendingOffer = isOffer ? 'ours' : undefined;
  return success;
}

/** An ACK to one of our 2xx. */
export function receiveAck(call: Call, ack: SipRequest): void {
  const sequence = cseqOf(ack)?.number ?? -1;
  const success = call.successes.get(sequence);
  if (success === undefined) return;
  call.successes.delete(sequence);
  call.pendingOffer = undefined;
  success.receiveAck(ack);
}
