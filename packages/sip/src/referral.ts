import type { SipBody, SipHeader, SipRequest } from './message.ts';
import { headerValues } from './message-headers.ts';
import { parseNameAddr } from './name-addr.ts';
import { parameter } from './parameters.ts';
import { reasonPhraseOf } from './reason-phrase.ts';
import { parseReplaces } from './replaces.ts';
import { formatSipUri, parseSipUri } from './sip-uri.ts';
import { parseTokenHeader } from './token-header.ts';

/** What a REFER asks for. @see RFC 3515 §2 */
export interface Referral {
  /** Whom to call: without a method and without header fields, which a stranger has no business to set. @see RFC 3261 §19.1.5 */
  readonly targetUri: string;
  /** Header fields for the INVITE: Replaces, where the target names a dialog of its own, and who sent us. @see RFC 3891 §6.1, RFC 3892 */
  readonly headers: readonly SipHeader[];
  /** No subscription and no NOTIFY are wanted. @see RFC 4488 */
  readonly isSilent: boolean;
}

/** Why a REFER is not acted on. */
export interface ReferralRefusal {
  readonly statusCode: 400 | 403;
  readonly reasonPhrase: string;
}

/** The body of a NOTIFY that tells what became of the referral. @see RFC 3515 §2.4.5 */
export function sipFragment(statusCode: number, reasonPhrase = reasonPhraseOf(statusCode)): SipBody {
  const line = `SIP/2.0 ${statusCode} ${reasonPhrase}\r\n`;
  return { contentType: 'message/sipfrag;version=2.0', body: Uint8Array.from(line, (c) => c.charCodeAt(0)) };
}

/** Reads a REFER; calls by INVITE to SIP URIs are all that it can ask for. */
export function referralOf(request: SipRequest): Referral | ReferralRefusal {
  const values = headerValues(request, 'Refer-To');
  const [value = ''] = values;
  const target = parseNameAddr(value);
  if (values.length !== 1 || !target.ok) return refusal(400, 'Bad Request (one Refer-To is needed)');
  const referredBy = headerValues(request, 'Referred-By');
  if (referredBy.length > 1 || referredBy.some((by) => !parseNameAddr(by).ok))
    return refusal(400, 'Bad Request (Referred-By)');
  const uri = parseSipUri(target.value.uri);
  if (!uri.ok) return refusal(403, 'Forbidden (not a SIP URI)');
  const method = parameter(uri.value.parameters, 'method') ?? 'INVITE';
  if (method.toUpperCase() !== 'INVITE') return refusal(403, `Forbidden (only INVITE)`);
  const parameters = uri.value.parameters.filter(({ name }) => name.toLowerCase() !== 'method');
  const replaces = parameter(uri.value.headers, 'Replaces');
  if (replaces !== undefined && parseReplaces(replaces) === undefined) return refusal(400, 'Bad Request (Replaces)');
  return {
    targetUri: formatSipUri({ ...uri.value, parameters, headers: [] }),
    headers: [
      ...(replaces === undefined ? [] : [field('Replaces', replaces), field('Require', 'replaces')]),
      ...referredBy.map((by) => field('Referred-By', by)),
    ],
    isSilent: parseTokenHeader(headerValues(request, 'Refer-Sub')[0] ?? '')?.token.toLowerCase() === 'false',
  };
}

function field(name: string, value: string): SipHeader {
  return { name, value };
}

function refusal(statusCode: 400 | 403, reasonPhrase: string): ReferralRefusal {
  return { statusCode, reasonPhrase };
}
