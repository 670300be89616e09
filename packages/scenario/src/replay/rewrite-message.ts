import { headerKey, type SipHeader, type SipMessage, type SipRequest } from '@plugfest/sip';
import { type OwnMedia, rewriteDescription } from './rewrite-description.ts';

/** What belongs to the call of now, in place of what belonged to the call of then. */
export interface CallOfNow {
  readonly uri: string;
  /** Values with their tags. */
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly sequence: number;
  readonly branch: string;
  readonly routes: readonly string[];
  /** `host:port` that we are heard from. */
  readonly local: string;
  readonly transport: 'udp' | 'tcp';
  readonly media: OwnMedia;
  /** `Authorization` or `Proxy-Authorization` for the challenge of now. */
  readonly authorization?: SipHeader;
}

/** Hops and secrets of then: they are made anew, or have no counterpart. */
const OF_THEN: readonly string[] = [
  ...['via', 'route', 'record-route', 'content-length', 'authorization', 'proxy-authorization'],
  ...['max-forwards'],
];

/** A captured request as it is said now: correlated to the call of now, everything else to the letter. @see RFC 3261 §8.1.1, §12.2.1.1 */
export function rewriteRequest(recorded: SipRequest, now: CallOfNow): SipRequest {
  const { uri, from, to, callId, sequence, branch, routes, local, transport } = now;
  const values: Readonly<Record<string, string>> = {
    ...{ from, to, 'call-id': callId, cseq: `${sequence} ${recorded.method}` },
  };
  const kept = recorded.headers.flatMap(({ name, value }): SipHeader[] => {
    const key = headerKey(name);
    if (OF_THEN.includes(key)) return [];
    return [{ name, value: key === 'contact' ? contactOfNow(value, now) : (values[key] ?? value) }];
  });
  const via = `SIP/2.0/${transport.toUpperCase()} ${local};branch=${branch};rport`;
  return {
    ...recorded,
    uri,
    headers: [
      { name: 'Via', value: via },
      { name: 'Max-Forwards', value: '70' },
      ...routes.map((value) => ({ name: 'Route', value })),
      ...kept,
      ...(now.authorization ? [now.authorization] : []),
    ],
    body: bodyOfNow(recorded, now.media),
  };
}

/** Copied from the request that is answered. @see RFC 3261 §8.2.6.2 */
const COPIED: readonly string[] = ['via', 'from', 'to', 'call-id', 'cseq', 'record-route', 'content-length'];

/** Headers of a captured response that are said again; what a response copies from its request is left out. */
export function headersOfResponse(
  recorded: SipMessage,
  now: Pick<CallOfNow, 'local' | 'transport'>,
): readonly SipHeader[] {
  return recorded.headers.flatMap(({ name, value }): SipHeader[] => {
    const key = headerKey(name);
    if (COPIED.includes(key)) return [];
    return [{ name, value: key === 'contact' ? contactOfNow(value, now) : value }];
  });
}

/** A description with addresses of now; any other body to the letter. */
export function bodyOfNow(recorded: SipMessage, media: OwnMedia): Uint8Array {
  const type = recorded.headers.find(({ name }) => headerKey(name) === 'content-type')?.value ?? '';
  if (!/^application\/sdp\b/i.test(type) || recorded.body.length === 0) return recorded.body;
  return Buffer.from(rewriteDescription(Buffer.from(recorded.body).toString('latin1'), media), 'latin1');
}

/** The same user and parameters, where we are heard now. `*` (RFC 3261 §10.2.2) stays. */
function contactOfNow(value: string, { local, transport }: Pick<CallOfNow, 'local' | 'transport'>): string {
  return value.replace(
    /\bsips?:((?:[^@>;,\s]+@)?)[^>;,\s]+((?:;[^>,\s]*)?)/i,
    (_, user: string, parameters: string) =>
      `sip:${user}${local};transport=${transport}${parameters.replaceAll(/;(?:transport|maddr|received|gr|ob)(?:=[^;]*)?/gi, '')}`,
  );
}

/** A From or To value with another tag, or none. */
export function withTag(value: string, tag: string | undefined): string {
  const bare = value.replace(/;\s*tag\s*=\s*[^;,\s]+/i, '');
  return tag === undefined || tag === '' ? bare : `${bare};tag=${tag}`;
}
