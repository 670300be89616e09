import { glarePauseMs, header, refreshTarget, type SipBody, type SipResponse } from '@plugfest/sip';
import type { Call } from './call.ts';
import { pause, refusedLocally } from './reinvite.ts';
import type { RequestOptions } from './session.ts';

const MAX_RETRY_AFTER_S = 10;

/** Sends UPDATE, in an early dialog too, and once more when it crossed an offer of the peer (491) or came too soon (500). @see RFC 3311 §5.1, §5.3 */
export async function sendUpdate(
  call: Call,
  body: SipBody | null,
  options: Pick<RequestOptions, 'headers'>,
): Promise<SipResponse> {
  if (body !== null && call.pendingOffer !== undefined) return refusedLocally(call, 'UPDATE', 491);
  const first = await attempt(call, body, options);
  const delayMs = delayBeforeRetry(call, first);
  if (delayMs === undefined) return first;
  await pause(call, delayMs);
  return call.state === 'terminated' ? first : attempt(call, body, options);
}

async function attempt(
  call: Call,
  body: SipBody | null,
  options: Pick<RequestOptions, 'headers'>,
): Promise<SipResponse> {
  if (call.dialog === undefined || call.state === 'terminated') return refusedLocally(call, 'UPDATE', 481);
  if (body !== null && call.pendingOffer !== undefined) return refusedLocally(call, 'UPDATE', 491);
  if (body !== null) call.pendingOffer = 'ours';
  const fields = { headers: [...call.core.identity.capabilityHeaders(), ...(options.headers ?? [])] };
  const { response } = await call.exchangeInDialog('UPDATE', body === null ? fields : { ...fields, body });
  if (body !== null) call.pendingOffer = undefined;
  if (body !== null && response.statusCode < 300) call.described = body;
  if (response.statusCode < 300 && call.dialog !== undefined) call.dialog = refreshTarget(call.dialog, response);
  return response;
}

function delayBeforeRetry(call: Call, response: SipResponse): number | undefined {
  if (response.statusCode === 491) return glarePauseMs(call.dialog?.role === 'uac', call.core.random.next());
  const retryAfter = /^\d{1,2}/.exec(header(response, 'Retry-After') ?? '')?.[0];
  return response.statusCode === 500 && retryAfter !== undefined && Number(retryAfter) <= MAX_RETRY_AFTER_S
    ? Number(retryAfter) * 1000
    : undefined;
}
