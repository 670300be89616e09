import {
  bodyParts,
  confirmDialog,
  createRequest,
  createResponse,
  cseqOf,
  glarePauseMs,
  type SipBody,
  type SipResponse,
} from '@plugfest/sip';
import type { Call } from './call.ts';
import type { ReinviteOptions } from './session.ts';

/** Sends a re-INVITE, its ACK, and after a 491 one more try. @see RFC 3261 §14.1 */
export async function sendReinvite(call: Call, body: SipBody | null, options: ReinviteOptions): Promise<SipResponse> {
  // An INVITE that we accepted is in progress until its ACK.
  const unacknowledged = [...call.successes.values()].map(({ acknowledged }) => acknowledged);
  if (unacknowledged.length > 0) await Promise.race([Promise.all(unacknowledged), call.terminated]);
  if (isBusy(call)) return refusedLocally(call, 'INVITE', 491);
  const first = await attempt(call, body, options);
  if (first.statusCode !== 491) return first;
  await pause(call, glarePauseMs(call.dialog?.role === 'uac', call.core.random.next()));
  return isBusy(call) ? first : attempt(call, body, options);
}

function isBusy(call: Call): boolean {
  return call.inviting || call.answering !== undefined || call.pendingOffer !== undefined;
}

async function attempt(call: Call, body: SipBody | null, options: ReinviteOptions): Promise<SipResponse> {
  if (isBusy(call)) return refusedLocally(call, 'INVITE', 491);
  if (call.state !== 'established' || call.isLeaving) return refusedLocally(call, 'INVITE', 481);
  call.inviting = true;
  if (body !== null) call.pendingOffer = 'ours';
  try {
    return await exchange(call, body, options);
  } finally {
    call.inviting = false;
    call.pendingOffer = undefined;
  }
}

async function exchange(call: Call, body: SipBody | null, options: ReinviteOptions): Promise<SipResponse> {
  const headers = [...call.core.identity.capabilityHeaders(), ...(options.headers ?? [])];
  const { request, response } = await call.exchangeInDialog('INVITE', body === null ? { headers } : { headers, body });
  if (response.statusCode >= 300) return response;
  if (call.dialog !== undefined) call.dialog = confirmDialog(call.dialog, response);
  if (body !== null) call.described = body;
  const isOffer = body === null && bodyParts(response).length > 0;
  call.pendingOffer = isOffer ? 'theirs' : undefined;
  const answer = isOffer ? await options.answer?.(response) : undefined;
  await call.acknowledge(cseqOf(request)?.number ?? 0, answer);
  return response;
}

/** Waits, but not longer than the call lasts. */
export function pause(call: Call, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = call.core.clock.schedule(delayMs, resolve);
    call.terminated.then(() => {
      timer.cancel();
      resolve();
    });
  });
}

/** What the caller gets when nothing was sent. */
export function refusedLocally(call: Call, method: string, statusCode: number): SipResponse {
  const nobody = { from: '', to: '', callId: call.callId, sequence: 0 };
  return createResponse(createRequest({ method, uri: call.remoteUri, ...nobody }), { statusCode });
}
