import { contentLengthOf } from './content-length.ts';
import { findHeaderFault, type HeaderFault } from './header-rules.ts';
import type { SipResponse } from './message.ts';

/** Why a response has to be dropped; undefined: it is good. @see RFC 3261 §8.1.3, §18.3 */
export function validateResponse(response: SipResponse): HeaderFault | undefined {
  const length = contentLengthOf(response.headers);
  if (length === 'invalid' || (typeof length === 'number' && length > response.body.length)) {
    return { name: 'Content-Length', section: 'RFC 3261 §18.3', text: 'does not fit the bytes' };
  }
  return findHeaderFault(response);
}
