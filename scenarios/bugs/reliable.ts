import { header, type SipHeader, type SipResponse } from '@plugfest/sip';

export function isReliable(response: SipResponse): boolean {
  return header(response, 'RSeq') !== undefined;
}

/** @see RFC 3262 §7.2 */
export function rackOf(response: SipResponse): SipHeader {
  return { name: 'RAck', value: `${header(response, 'RSeq')} ${header(response, 'CSeq')}` };
}
