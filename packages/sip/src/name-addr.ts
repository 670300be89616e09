import type { SipParameter } from './message.ts';

/** The value of From, To, Contact, Route and their like. @see RFC 3261 §20.10 */
export interface NameAddr {
  /** Without quotes, escapes undone, one character a byte (`unicodeOf` makes text of it). */
  readonly displayName?: string | undefined;
  /** The URI as received, any scheme. */
  readonly uri: string;
  /** Parameters of the header field, not of the URI. */
  readonly parameters: readonly SipParameter[];
}
