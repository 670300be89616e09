import { decimalOf } from './character-class.ts';
import { HeaderScanner } from './header-scanner.ts';
import type { SipMessageBase, SipResponse } from './message.ts';
import { header, headerValues } from './message-headers.ts';

/** The highest RSeq; the first of an INVITE is below 2^31. @see RFC 3262 §7.1 */
const MAX_RSEQ = 2 ** 32 - 1;
const FIRST_RSEQ_LIMIT = 2 ** 31 - 1;
const MAX_CSEQ = 2 ** 32 - 1;

/** Which reliable provisional response a PRACK is for. @see RFC 3262 §7.2 */
export interface RAck {
  readonly responseNumber: number;
  readonly sequence: number;
  readonly method: string;
}

/** `RAck: 776656 1 INVITE`; undefined when malformed. */
export function parseRAck(value: string): RAck | undefined {
  const scanner = new HeaderScanner(value);
  const read = (limit: number): number | undefined => {
    scanner.skipSpace();
    return decimalOf(scanner.token() ?? '', limit);
  };
  const responseNumber = read(MAX_RSEQ);
  const sequence = read(MAX_CSEQ);
  scanner.skipSpace();
  const method = scanner.token();
  scanner.skipSpace();
  if (responseNumber === undefined || sequence === undefined || method === undefined || !scanner.atEnd)
    return undefined;
  return { responseNumber, sequence, method };
}

export function formatRAck({ responseNumber, sequence, method }: RAck): string {
  return `${responseNumber} ${sequence} ${method}`;
}

/** The RSeq of a provisional response that asks for a PRACK; undefined when it asks for none (a 100 never does). @see RFC 3262 §4 */
export function reliableNumberOf(response: SipResponse): number | undefined {
  if (response.statusCode <= 100 || response.statusCode >= 200 || !names(response, 'Require', '100rel'))
    return undefined;
  const number = decimalOf(header(response, 'RSeq') ?? '', MAX_RSEQ);
  return number === 0 ? undefined : number;
}

/** Whether Require or Supported names an option tag. */
export function names(message: SipMessageBase, headerName: 'Require' | 'Supported', tag: string): boolean {
  return headerValues(message, headerName).some((value) => value.toLowerCase() === tag);
}

/**
 * What the caller does with a reliable response of an early dialog whose last one in order had the number `last`: `next` is acknowledged,
 * `repeated` was already, `early` came before one that is missing and is dropped (it will be sent again). @see RFC 3262 §4
 */
export function orderOfReliable(last: number | undefined, number: number): 'next' | 'repeated' | 'early' {
  if (last === undefined || number === last + 1) return 'next';
  return number <= last ? 'repeated' : 'early';
}

/** The first RSeq of an INVITE from a random number of [0, 1): 1 to 2^31 - 1, so that it cannot wrap. @see RFC 3262 §3 */
export function firstReliableNumber(random: number): number {
  return 1 + Math.floor(random * (FIRST_RSEQ_LIMIT - 1));
}
