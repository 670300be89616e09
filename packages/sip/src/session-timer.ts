import { decimalOf } from './character-class.ts';
import type { SipHeader, SipMessageBase, SipRequest, SipResponse } from './message.ts';
import { header } from './message-headers.ts';
import { parameter } from './parameters.ts';
import { names } from './reliable-provisional.ts';
import { parseTokenHeader } from './token-header.ts';

/** The least interval that anybody may ask for, and what a missing Min-SE means. @see RFC 4028 §4, §5 */
export const LEAST_INTERVAL_S = 90;
/** @see RFC 4028 §4 (recommended) */
export const USUAL_INTERVAL_S = 1800;
/** A BYE comes so long before the end, or a third of the interval. @see RFC 4028 §10 */
const FAREWELL_S = 32;
/** `delta-seconds`. @see RFC 3261 §20.19 */
const MAX_DELTA_S = 2 ** 32 - 1;

/** Which side of a transaction refreshes: who sent the request, or who answered it. */
export type Refresher = 'uac' | 'uas';

/** A Session-Expires header. @see RFC 4028 §4 */
export interface SessionExpires {
  readonly intervalS: number;
  readonly refresher: Refresher | undefined;
}

/** What one side wants of session timers. */
export interface SessionTimerPolicy {
  /** What we ask for, and no longer than which we let a peer ask for. */
  readonly intervalS: number;
  /** Whoever asks for less gets 422. At least 90. */
  readonly leastS: number;
  /** Who shall refresh, where the peer leaves that to us; default: the caller. */
  readonly refresher?: 'we' | 'they' | undefined;
}

/** What two sides agreed on. */
export interface SessionTerms {
  readonly intervalS: number;
  /** Whether it is up to us to refresh. */
  readonly weRefresh: boolean;
}

/** What a UAS makes of a request: a refusal with 422, or the terms and the headers of its 2xx (both empty where there is no timer). */
export type TimerAnswer =
  | { readonly ok: false; readonly statusCode: 422; readonly headers: readonly SipHeader[] }
  | { readonly ok: true; readonly terms: SessionTerms | undefined; readonly headers: readonly SipHeader[] };

/** Undefined where there is none, or it is malformed. */
export function sessionExpiresOf(message: SipMessageBase): SessionExpires | undefined {
  const parsed = parseTokenHeader(header(message, 'Session-Expires') ?? '');
  const intervalS = decimalOf(parsed?.token ?? '', MAX_DELTA_S);
  if (parsed === undefined || intervalS === undefined) return undefined;
  const refresher = parameter(parsed.parameters, 'refresher')?.toLowerCase();
  return { intervalS, refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined };
}

/** The least interval that a message asks for; undefined without (a well-formed) Min-SE. @see RFC 4028 §5 */
export function minSeOf(message: SipMessageBase): number | undefined {
  return decimalOf(parseTokenHeader(header(message, 'Min-SE') ?? '')?.token ?? '', MAX_DELTA_S);
}

/**
 * Session-Expires and Min-SE of an INVITE or UPDATE. In a call under `terms` the refresher stays who it is; `leastS` is the largest Min-SE that the call has seen.
 * @see RFC 4028 §7.1, §7.4
 */
export function timerRequestHeaders(
  policy: SessionTimerPolicy,
  terms: SessionTerms | undefined,
  leastS: number,
): SipHeader[] {
  const intervalS = Math.max(terms?.intervalS ?? policy.intervalS, leastS);
  const refresher = terms === undefined ? wanted(policy, 'uac') : roleOf(terms, 'uac');
  const minimum = { name: 'Min-SE', value: String(leastS) };
  return [sessionExpires(intervalS, refresher), ...(leastS > LEAST_INTERVAL_S ? [minimum] : [])];
}

/** What a caller that got 422 has to ask for as a minimum; undefined where the response names none above what it asked for already. @see RFC 4028 §7.3 */
export function leastAfterRefusal(response: SipResponse, askedS: number): number | undefined {
  const leastS = response.statusCode === 422 ? minSeOf(response) : undefined;
  return leastS !== undefined && leastS > askedS ? leastS : undefined;
}

/**
 * Answers a request's wish for a session timer; `current` are the terms that the call is under already. A caller without timers gets one only where a proxy
 * asks for it, or there was one before: then we refresh. @see RFC 4028 §9
 */
export function answerTimer(
  request: SipRequest,
  policy: SessionTimerPolicy,
  current?: SessionTerms | undefined,
): TimerAnswer {
  const asked = sessionExpiresOf(request);
  const canRefresh = names(request, 'Supported', 'timer') || names(request, 'Require', 'timer');
  const leastS = Math.max(policy.leastS, LEAST_INTERVAL_S);
  if (asked !== undefined && canRefresh && asked.intervalS < leastS)
    return { ok: false, statusCode: 422, headers: [{ name: 'Min-SE', value: String(leastS) }] };
  if (asked === undefined && current === undefined && !canRefresh) return { ok: true, terms: undefined, headers: [] };
  const refresher = canRefresh ? (asked?.refresher ?? currentRole(current) ?? wanted(policy, 'uas') ?? 'uac') : 'uas';
  const intervalS = agreedInterval(asked?.intervalS, Math.max(minSeOf(request) ?? 0, leastS), policy.intervalS);
  const terms = { intervalS, weRefresh: refresher === 'uas' };
  const required = refresher === 'uac' ? [{ name: 'Require', value: 'timer' }] : [];
  return { ok: true, terms, headers: [sessionExpires(intervalS, refresher), ...required] };
}

/** What a 2xx to our request agreed on. An interval that nobody may ask for counts as the least. @see RFC 4028 §7.2 */
export function termsOf(response: SipResponse): SessionTerms | undefined {
  const granted = sessionExpiresOf(response);
  if (granted === undefined) return undefined;
  // The 2xx must name the refresher; where it does not, the caller is the one who knows that there is a timer.
  return { intervalS: Math.max(granted.intervalS, LEAST_INTERVAL_S), weRefresh: granted.refresher !== 'uas' };
}

/** When the refresher refreshes, counted from the last 2xx. @see RFC 4028 §7.2 */
export function refreshAfterS({ intervalS }: SessionTerms): number {
  return intervalS / 2;
}

/** When either side hangs up that heard of no refresh. @see RFC 4028 §10 */
export function hangUpAfterS({ intervalS }: SessionTerms): number {
  return intervalS - Math.min(FAREWELL_S, intervalS / 3);
}

/** An answer may shorten the interval, never below what the caller (or a proxy) can bear, and never lengthens it. */
function agreedInterval(askedS: number | undefined, leastS: number, wantedS: number): number {
  const shortened = Math.max(Math.min(askedS ?? wantedS, wantedS), leastS);
  return askedS === undefined ? shortened : Math.max(Math.min(shortened, askedS), LEAST_INTERVAL_S);
}

function wanted({ refresher }: SessionTimerPolicy, ours: Refresher): Refresher | undefined {
  if (refresher === undefined) return undefined;
  return refresher === 'we' ? ours : other(ours);
}

function roleOf({ weRefresh }: SessionTerms, ours: Refresher): Refresher {
  return weRefresh ? ours : other(ours);
}

function currentRole(current: SessionTerms | undefined): Refresher | undefined {
  return current && roleOf(current, 'uas');
}

function other(role: Refresher): Refresher {
  return role === 'uac' ? 'uas' : 'uac';
}

function sessionExpires(intervalS: number, refresher: Refresher | undefined): SipHeader {
  return { name: 'Session-Expires', value: `${intervalS}${refresher === undefined ? '' : `;refresher=${refresher}`}` };
}
