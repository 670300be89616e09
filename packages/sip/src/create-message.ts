import { headerKey } from './header-name.ts';
import type { SipBody, SipHeader, SipRequest, SipResponse } from './message.ts';
import { addressOf, cseqOf, tagOf } from './message-fields.ts';
import { header, headers } from './message-headers.ts';
import { reasonPhraseOf } from './reason-phrase.ts';

export const NO_BODY: Uint8Array = new Uint8Array(0);

export interface RequestFields {
  readonly method: string;
  readonly uri: string;
  /** From and To header values. */
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly sequence: number;
  readonly route?: readonly string[] | undefined;
  readonly headers?: readonly SipHeader[] | undefined;
  readonly body?: SipBody | undefined;
  /** Default 70. */
  readonly maxForwards?: number | undefined;
}

/** A request without Via: the transaction layer pushes that. @see RFC 3261 §8.1.1 */
export function createRequest(fields: RequestFields): SipRequest {
  const list: SipHeader[] = [
    { name: 'Max-Forwards', value: String(fields.maxForwards ?? 70) },
    ...(fields.route ?? []).map((value) => ({ name: 'Route', value })),
    { name: 'From', value: fields.from },
    { name: 'To', value: fields.to },
    { name: 'Call-ID', value: fields.callId },
    { name: 'CSeq', value: `${fields.sequence} ${fields.method}` },
    ...(fields.headers ?? []),
  ];
  if (fields.body) list.push({ name: 'Content-Type', value: fields.body.contentType });
  return {
    kind: 'request',
    method: fields.method,
    uri: fields.uri,
    version: 'SIP/2.0',
    headers: list,
    body: fields.body?.body ?? NO_BODY,
  };
}

export interface ResponseFields {
  readonly statusCode: number;
  readonly reasonPhrase?: string | undefined;
  /** Added to To when the request had none; not for 100. */
  readonly toTag?: string | undefined;
  readonly headers?: readonly SipHeader[] | undefined;
  readonly body?: SipBody | undefined;
}

/** Headers that every response copies. @see RFC 3261 §8.2.6.2 */
const COPIED = ['via', 'from', 'to', 'call-id', 'cseq'];

/** A response to `request`; Record-Route is copied where it makes a dialog. @see RFC 3261 §8.2.6, §12.1.1 */
export function createResponse(request: SipRequest, fields: ResponseFields): SipResponse {
  const makesDialog = fields.statusCode > 100 && fields.statusCode < 300 && tagOf(request, 'To') === '';
  const list: SipHeader[] = [];
  for (const { name, value } of request.headers) {
    const key = headerKey(name);
    if (key === 'to') list.push({ name: 'To', value: withToTag(request, value, fields) });
    else if (COPIED.includes(key)) list.push({ name, value });
    else if (key === 'record-route' && makesDialog) list.push({ name, value });
    else if (key === 'timestamp' && fields.statusCode === 100) list.push({ name, value });
  }
  list.push(...(fields.headers ?? []));
  if (fields.body) list.push({ name: 'Content-Type', value: fields.body.contentType });
  const reasonPhrase = fields.reasonPhrase ?? reasonPhraseOf(fields.statusCode);
  return {
    kind: 'response',
    statusCode: fields.statusCode,
    reasonPhrase,
    headers: list,
    body: fields.body?.body ?? NO_BODY,
  };
}

function withToTag(request: SipRequest, value: string, { statusCode, toTag }: ResponseFields): string {
  return statusCode === 100 || toTag === undefined || tagOf(request, 'To') !== '' ? value : `${value};tag=${toTag}`;
}

/** The CANCEL of a request that was sent with `request`'s Via. @see RFC 3261 §9.1 */
export function createCancel(request: SipRequest, more: readonly SipHeader[] = []): SipRequest {
  const sequence = cseqOf(request)?.number ?? 0;
  const kept = copied(request, ['via', 'from', 'to', 'call-id', 'route']);
  const via = kept.filter(({ name }) => headerKey(name) === 'via').slice(0, 1);
  const others = kept.filter(({ name }) => headerKey(name) !== 'via');
  const list = [
    ...via,
    { name: 'Max-Forwards', value: '70' },
    ...others,
    { name: 'CSeq', value: `${sequence} CANCEL` },
    ...more,
  ];
  return { ...request, method: 'CANCEL', headers: list, body: NO_BODY };
}

/** The ACK, within the transaction, to a final response of 300-699. @see RFC 3261 §17.1.1.3 */
export function createFailureAck(request: SipRequest, response: SipResponse): SipRequest {
  const sequence = cseqOf(request)?.number ?? 0;
  const via = copied(request, ['via']).slice(0, 1);
  const rest = copied(request, ['from', 'call-id', 'route']);
  const to = { name: 'To', value: header(response, 'To') ?? header(request, 'To') ?? '' };
  const list = [...via, { name: 'Max-Forwards', value: '70' }, ...rest, to, { name: 'CSeq', value: `${sequence} ACK` }];
  return { ...request, method: 'ACK', headers: list, body: NO_BODY };
}

function copied(request: SipRequest, keys: readonly string[]): SipHeader[] {
  return request.headers.filter(({ name }) => keys.includes(headerKey(name)));
}

/** The URI that a request goes to next: the first Route, else the Request-URI. @see RFC 3261 §8.1.2 */
export function nextHopOf(request: SipRequest): string {
  return headers(request, 'Route').length === 0 ? request.uri : (addressOf(request, 'Route')?.uri ?? request.uri);
}
