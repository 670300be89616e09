import { decimalOf } from './character-class.ts';
import { headerKey } from './header-name.ts';
import type { SipHeader } from './message.ts';

/** Content-Length as claimed: a count of bytes, or why there is none. Lines that agree count as one here. */
export type ContentLength = number | 'absent' | 'invalid';

/** @see RFC 3261 §20.14 */
export function contentLengthOf(headers: readonly SipHeader[]): ContentLength {
  let found: ContentLength = 'absent';
  for (const { name, value } of headers) {
    if (headerKey(name) !== 'content-length') continue;
    const length = decimalOf(value, 2 ** 31) ?? 'invalid';
    if (found !== 'absent' && found !== length) return 'invalid';
    found = length;
  }
  return found;
}
