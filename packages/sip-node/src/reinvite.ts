import { bodyParts, confirmDialog, createResponse, cseqOf, type SipBody, type SipResponse } from '@plugfest/sip';
import type { Call } from './call.ts';
import type { ReinviteOptions } from './session.ts';

/** Sends a re-INVITE, its ACK, and after a 491 one more try. @see RFC 3261 §14.1 */
export async function sendReinvite(call: Call, body: SipBody | null, options: ReinviteOptions): Promise<SipResponse> {
  if (call.offering || call.answering !== undefined) return refusedLocally(call, 491);
  const first = await offer(call, body, options);
  if (first.statusCode !== 491) return first;
  await pause(call);
  return call.offering || call.answering !== undefined ? first : offer(call, body, options);
}

async function offer(call: Call, body: SipBody | null, options: ReinviteOptions): Promise<SipResponse> {
  call.offering = true;
  try {
    return await attempt(call, body, options);
  } finally {
    call.offering = false;
  }
}

async function attempt(call: Call, body: SipBody | null, options: ReinviteOptions): Promise<SipResponse> {
  if (call.state !== 'established') return refusedLocally(call, 481);
  const capabilities = call.core.identity.capabilityHeaders();
  const headers = [...capabilities, ...(options.headers ?? [])];
  const { request, response } = await call.exchangeInDialog('INVITE', body === null ? { headers } : { headers, body });
  if (response.statusCode >= 300) return response;
  if (call.dialog !== undefined) call.dialog = confirmDialog(call.dialog, response);
  const answer = body === null && bodyParts(response).length > 0 ? await options.answer?.(response) : undefined;
  await call.acknowledge(cseqOf(request)?.number ?? 0, answer);
  return response;
}

/** The owner of the Call-ID waits 2.1-4 s, the other side 0-2 s, in units of 10 ms. */
function pause(call: Call): Promise<void> {
  const { clock, random } = call.core;
  const owner = call.dialog?.role === 'uac';
  const delayMs = owner ? 2100 + 10 * Math.floor(random.next() * 191) : 10 * Math.floor(random.next() * 201);
  return new Promise((resolve) => {
    const timer = clock.schedule(delayMs, resolve);
    call.terminated.then(() => {
      timer.cancel();
      resolve();
    });
  });
}

/** What the caller of `reinvite` gets when nothing was sent. */
function refusedLocally(call: Call, statusCode: number): SipResponse {
  const request = {
    kind: 'request' as const,
    method: 'INVITE',
    uri: call.remoteUri,
    version: 'SIP/2.0',
    headers: [],
    body: new Uint8Array(0),
  };
  return createResponse(request, { statusCode });
}
