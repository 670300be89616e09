import type { SipHeader, SipRequest, SipResponse } from '@plugfest/sip';

export interface SubscribeOptions {
  /** Event header, e.g. `conference` or `presence;id=2`. */
  readonly event: string;
  readonly expiresS: number;
  /** Media types for Accept. */
  readonly accept?: readonly string[];
  readonly headers?: readonly SipHeader[];
  readonly route?: readonly string[];
  readonly to?: string;
}

export interface SubscriptionEnd {
  /** The last NOTIFY, or the response that refused it; undefined when we gave up waiting or closed. */
  readonly message?: SipRequest | SipResponse;
  /** Of the last NOTIFY's Subscription-State. */
  readonly reason?: string | undefined;
  readonly retryAfterS?: number | undefined;
}

/** Our subscription to somebody's events; it refreshes itself until it ends. @see RFC 6665 §4.1 */
export interface Subscription {
  readonly state: 'pending' | 'active' | 'terminated';
  /** Each NOTIFY but repetitions, the last one included; it was answered with 200. */
  onNotify: ((request: SipRequest) => void) | undefined;
  /** The final response to the first SUBSCRIBE. */
  readonly answered: Promise<SipResponse>;
  /** Resolves once, never rejects. */
  readonly terminated: Promise<SubscriptionEnd>;
  /** Asks for the end; it comes with the last NOTIFY, or when that stays away. */
  unsubscribe(): void;
}
