import type { SipParameter } from './message.ts';

/** One hop of Via. @see RFC 3261 §20.42 */
export interface Via {
  /** `SIP/2.0` */
  readonly protocol: string;
  /** As received: `UDP`, `TLS` … */
  readonly transport: string;
  /** IPv6 without brackets. */
  readonly host: string;
  readonly port?: number | undefined;
  readonly parameters: readonly SipParameter[];
}
