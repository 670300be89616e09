import type { SipMessageBase } from './message.ts';
import { headerValues } from './message-headers.ts';
import { parameter } from './parameters.ts';
import { parseTokenHeader } from './token-header.ts';

/** Which dialog an INVITE takes the place of; the tags are those of the side that receives it. @see RFC 3891 §6.1 */
export interface Replaces {
  readonly callId: string;
  /** The local tag of who receives it. */
  readonly toTag: string;
  /** The remote tag of who receives it. */
  readonly fromTag: string;
  /** Only a call that is not answered yet may be taken. */
  readonly earlyOnly: boolean;
}

/** `callid;to-tag=…;from-tag=…[;early-only]`; undefined when malformed or a tag is missing. */
export function parseReplaces(value: string): Replaces | undefined {
  // A Call-ID may hold characters that a token may not.
  const semicolon = value.indexOf(';');
  const callId = value.slice(0, Math.max(semicolon, 0)).trim();
  const rest = parseTokenHeader(`x${value.slice(Math.max(semicolon, 0))}`);
  const toTag = rest && parameter(rest.parameters, 'to-tag');
  const fromTag = rest && parameter(rest.parameters, 'from-tag');
  if (rest === undefined || !toTag || !fromTag || callId === '' || /\s/.test(callId)) return undefined;
  return { callId, toTag, fromTag, earlyOnly: rest.parameters.some(({ name }) => name.toLowerCase() === 'early-only') };
}

/** The dialog that a request replaces; undefined: none; 'bad': 400 is owed, for it names none, or several. @see RFC 3891 §3 */
export function replacesOf(message: SipMessageBase): Replaces | 'bad' | undefined {
  const values = headerValues(message, 'Replaces');
  if (values.length === 0) return undefined;
  const [value = ''] = values;
  const isAmbiguous = values.length > 1 || headerValues(message, 'Join').length > 0;
  return isAmbiguous ? 'bad' : (parseReplaces(value) ?? 'bad');
}
