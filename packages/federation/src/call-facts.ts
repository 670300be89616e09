import { header, parseNameAddr, parseSipUri, type SipRequest } from '@plugfest/sip';
import type { CallFacts, Service } from './policy.ts';

/** `user@domain` of a From or To header, lower case; empty where there is none to read. */
export function addressOfHeader(request: SipRequest, name: 'From' | 'To'): string {
  const value = header(request, name);
  const nameAddr = value === undefined ? undefined : parseNameAddr(value);
  const uri = nameAddr?.ok ? parseSipUri(nameAddr.value.uri) : undefined;
  return uri?.ok ? `${uri.value.user ?? ''}@${uri.value.host}`.toLowerCase() : '';
}

/** `Skype/7.0.0.102` in a User-Agent; a client that does not say is taken for none that any rule knows. */
export function clientOf(request: SipRequest): CallFacts['client'] {
  const agent = header(request, 'User-Agent') ?? '';
  const match = /\b(Skype|OC|UCWA)\/([0-9.]{1,40})/.exec(agent);
  return { product: match?.[1] ?? 'unknown', version: match?.[2] ?? '0' };
}

/** What a request asks for; undefined for what no rule speaks of. An INVITE without a description may become anything. */
export function serviceOf(request: SipRequest): Service | undefined {
  if (request.method === 'SUBSCRIBE') return 'presence';
  if (request.method === 'MESSAGE') return 'im';
  if (request.method !== 'INVITE') return undefined;
  const body = Buffer.from(request.body).toString('latin1');
  return body === '' || /^m=video [1-9]/m.test(body) || !/^m=/m.test(body) ? 'video' : 'audio';
}
