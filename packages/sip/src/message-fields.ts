import { type CSeq, parseCSeq } from './cseq.ts';
import type { SipMessageBase } from './message.ts';
import { firstValue, header } from './message-headers.ts';
import { type NameAddr, parseNameAddr } from './name-addr.ts';
import { parameter } from './parameters.ts';
import { parseVia, type Via } from './via.ts';

/** The topmost Via; undefined when absent or malformed. */
export function topVia(message: SipMessageBase): Via | undefined {
  const line = firstValue(message, 'Via');
  const via = line === undefined ? undefined : parseVia(line);
  return via?.ok ? via.value : undefined;
}

/** CSeq; undefined when absent or malformed. */
export function cseqOf(message: SipMessageBase): CSeq | undefined {
  const line = header(message, 'CSeq');
  const cseq = line === undefined ? undefined : parseCSeq(line);
  return cseq?.ok ? cseq.value : undefined;
}

/** First address of From, To, Contact, Route …; undefined when absent or malformed. */
export function addressOf(message: SipMessageBase, name: string): NameAddr | undefined {
  const line = firstValue(message, name);
  const address = line === undefined ? undefined : parseNameAddr(line);
  return address?.ok ? address.value : undefined;
}

/** Tag of From or To; '' when there is none. */
export function tagOf(message: SipMessageBase, name: 'From' | 'To'): string {
  const address = addressOf(message, name);
  return address === undefined ? '' : (parameter(address.parameters, 'tag') ?? '');
}
