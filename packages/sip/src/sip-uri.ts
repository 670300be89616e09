import type { SipParameter } from './message.ts';

/** A SIP or SIPS URI. User, password and header values are unescaped; parameters are as on the wire. @see RFC 3261 §19.1 */
export interface SipUri {
  readonly scheme: 'sip' | 'sips';
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Host name, IPv4 address, or IPv6 address without brackets; lower case. */
  readonly host: string;
  readonly port?: number | undefined;
  readonly parameters: readonly SipParameter[];
  /** What follows `?`. */
  readonly headers: readonly SipParameter[];
}
