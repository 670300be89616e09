import { consistsOf, TOKEN } from './character-class.ts';
import { contentLengthOf } from './content-length.ts';
import { findHeaderFault } from './header-rules.ts';
import { parseMediaType } from './media-type.ts';
import type { SipHeader, SipRequest } from './message.ts';
import { addressOf, cseqOf, topVia } from './message-fields.ts';
import { header, headers, headerValues } from './message-headers.ts';
import { parameter } from './parameters.ts';
import { reasonPhraseOf } from './reason-phrase.ts';
import { parseSipUri, schemeOf } from './sip-uri.ts';
import { DEFAULT_UAS_PROFILE, type RequestRefusal, type UasProfile } from './uas-profile.ts';
import { BRANCH_COOKIE } from './via.ts';

type Rule = (request: SipRequest, profile: UasProfile) => RequestRefusal | undefined;

function refuse(statusCode: number, section: string, detail?: string, more: readonly SipHeader[] = []): RequestRefusal {
  const phrase = reasonPhraseOf(statusCode);
  return { statusCode, section, reasonPhrase: detail === undefined ? phrase : `${phrase} (${detail})`, headers: more };
}

const version: Rule = (request) =>
  request.version.toUpperCase() === 'SIP/2.0' ? undefined : refuse(505, 'RFC 3261 §21.5.6');

const headerSyntax: Rule = (request) => {
  const found = findHeaderFault(request);
  return found && refuse(400, found.section, `${found.name}: ${found.text}`);
};

const framing: Rule = (request) => {
  const length = contentLengthOf(request.headers);
  if (length === 'invalid') return refuse(400, 'RFC 3261 §20.14', 'Content-Length is malformed');
  return typeof length === 'number' && length > request.body.length
    ? refuse(400, 'RFC 3261 §18.3', 'Content-Length is larger than the message')
    : undefined;
};

const branch: Rule = (request) => {
  const via = topVia(request);
  return via && parameter(via.parameters, 'branch') === BRANCH_COOKIE
    ? refuse(400, 'RFC 3261 §8.1.1.7', 'empty branch')
    : undefined;
};

const method: Rule = (request, profile) => {
  if (!consistsOf(request.method, TOKEN)) return refuse(400, 'RFC 3261 §7.1', 'malformed method');
  if (profile.methods.includes(request.method)) return undefined;
  return refuse(501, 'RFC 3261 §21.5.2', undefined, [
    { name: 'Allow', value: (profile.allow ?? profile.methods).join(', ') },
  ]);
};

const sequenceMethod: Rule = (request) =>
  cseqOf(request)?.method === request.method ? undefined : refuse(400, 'RFC 3261 §8.1.1.5', 'CSeq has another method');

const requestUri: Rule = (request, profile) => {
  const scheme = schemeOf(request.uri);
  if (scheme === undefined) return refuse(400, 'RFC 3261 §7.1', 'malformed Request-URI');
  if (!profile.uriSchemes.includes(scheme)) return refuse(416, 'RFC 3261 §8.2.2.1');
  if (scheme !== 'sip' && scheme !== 'sips') return undefined;
  const parsed = parseSipUri(request.uri);
  if (!parsed.ok) return refuse(400, 'RFC 3261 §19.1.1', 'malformed Request-URI');
  return parsed.value.headers.length > 0 ? refuse(400, 'RFC 3261 §19.1.1', 'headers in the Request-URI') : undefined;
};

const registerTo: Rule = (request) => {
  if (request.method !== 'REGISTER') return undefined;
  const scheme = schemeOf(addressOf(request, 'To')?.uri ?? '');
  return scheme === 'sip' || scheme === 'sips'
    ? undefined
    : refuse(400, 'RFC 3261 §10.3', 'To of a REGISTER is a SIP or SIPS URI');
};

const extensions: Rule = (request, profile) => {
  if (request.method === 'CANCEL' || request.method === 'ACK') return undefined;
  const unknown = headerValues(request, 'Require').filter((tag) => !profile.extensions.includes(tag.toLowerCase()));
  if (unknown.length === 0) return undefined;
  return refuse(420, 'RFC 3261 §8.2.2.3', undefined, [{ name: 'Unsupported', value: unknown.join(', ') }]);
};

/** Methods whose body is an offer or an answer. */
const OFFER_METHODS = ['INVITE', 'UPDATE', 'PRACK', 'ACK'];

const content: Rule = (request, profile) => {
  if (request.body.length === 0 || !OFFER_METHODS.includes(request.method)) return undefined;
  if (/handling\s*=\s*optional/i.test((header(request, 'Content-Disposition') ?? '').slice(0, 200))) return undefined;
  const encoding = header(request, 'Content-Encoding')?.toLowerCase();
  if (encoding !== undefined && encoding !== 'identity') {
    return refuse(415, 'RFC 3261 §8.2.3', undefined, [{ name: 'Accept-Encoding', value: 'identity' }]);
  }
  const type = parseMediaType(header(request, 'Content-Type') ?? '');
  if (type && profile.mediaTypes.includes(type.essence)) return undefined;
  return refuse(415, 'RFC 3261 §8.2.3', undefined, [{ name: 'Accept', value: profile.mediaTypes.join(', ') }]);
};

const acceptable: Rule = (request, profile) => {
  if (request.method !== 'INVITE' || headers(request, 'Accept').length === 0) return undefined;
  const types = headerValues(request, 'Accept').map((value) => parseMediaType(value)?.essence);
  const fits = types.some(
    (type) => type === '*/*' || profile.mediaTypes.some((ours) => ours === type || `${ours.split('/')[0]}/*` === type),
  );
  return fits ? undefined : refuse(406, 'RFC 3261 §21.4.7');
};

interface NamedRule {
  readonly code: string;
  /** The header field that breaks it; undefined: the start line. */
  readonly about?: string;
  readonly rule: Rule;
}

/** In the order of RFC 3261 §8.2, syntax first. */
const NAMED_RULES: readonly NamedRule[] = [
  { code: 'sip-version', rule: version },
  { code: 'header-syntax', rule: headerSyntax },
  { code: 'content-length', about: 'Content-Length', rule: framing },
  { code: 'empty-branch', about: 'Via', rule: branch },
  { code: 'method', rule: method },
  { code: 'cseq-method', about: 'CSeq', rule: sequenceMethod },
  { code: 'request-uri', rule: requestUri },
  { code: 'register-to', about: 'To', rule: registerTo },
  { code: 'require', about: 'Require', rule: extensions },
  { code: 'content-type', about: 'Content-Type', rule: content },
  { code: 'accept', about: 'Accept', rule: acceptable },
];
const RULES: readonly Rule[] = NAMED_RULES.map(({ rule }) => rule);

/** A rule that a request breaks, and what a UAS owes for it. */
export interface BrokenRule {
  readonly code: string;
  /** The header field that breaks it; undefined: the start line. */
  readonly about?: string;
  readonly refusal: RequestRefusal;
}

/** Every rule that the request breaks, in the order in which a UAS looks at them: `validateRequest` gives the first one's refusal. */
export function brokenRules(request: SipRequest, profile: UasProfile = DEFAULT_UAS_PROFILE): BrokenRule[] {
  return NAMED_RULES.flatMap(({ code, about, rule }) => {
    const refusal = rule(request, profile);
    // What is missing has been said already.
    if (refusal === undefined || (about !== undefined && header(request, about) === undefined)) return [];
    const name = rule === headerSyntax ? findHeaderFault(request)?.name : about;
    return [{ code, refusal, ...(name === undefined ? {} : { about: name }) }];
  });
}

const methodToken: Rule = (request) =>
  consistsOf(request.method, TOKEN) ? undefined : refuse(400, 'RFC 3261 §7.1', 'malformed method');

const hopsLeft: Rule = (request) =>
  Number(header(request, 'Max-Forwards') ?? 70) > 0 ? undefined : refuse(483, 'RFC 3261 §16.3');

const proxyExtensions: Rule = (request, profile) => {
  if (request.method === 'CANCEL' || request.method === 'ACK') return undefined;
  const unknown = headerValues(request, 'Proxy-Require').filter(
    (tag) => !profile.extensions.includes(tag.toLowerCase()),
  );
  if (unknown.length === 0) return undefined;
  return refuse(420, 'RFC 3261 §16.3', undefined, [{ name: 'Unsupported', value: unknown.join(', ') }]);
};

/** In the order of RFC 3261 §16.3. */
const PROXY_RULES: readonly Rule[] = [
  version,
  headerSyntax,
  framing,
  branch,
  methodToken,
  sequenceMethod,
  requestUri,
  hopsLeft,
  proxyExtensions,
];

/** The status that a proxy owes for the request before it routes it; undefined: none. */
export function validateForwarding(
  request: SipRequest,
  profile: UasProfile = DEFAULT_UAS_PROFILE,
): RequestRefusal | undefined {
  return firstRefusal(PROXY_RULES, request, profile);
}

function firstRefusal(rules: readonly Rule[], request: SipRequest, profile: UasProfile): RequestRefusal | undefined {
  for (const rule of rules) {
    const refusal = rule(request, profile);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/**
 * The status that a UAS with this profile owes for the request before it looks at what it means; undefined: none. For ACK nothing may be
 * answered: a refusal then means that it is dropped. Authentication, target look-up and loops are the caller's.
 */
export function validateRequest(
  request: SipRequest,
  profile: UasProfile = DEFAULT_UAS_PROFILE,
): RequestRefusal | undefined {
  return firstRefusal(RULES, request, profile);
}
