import type { SipBody, SipRequest, SipResponse, SubscriptionEndReason } from '@plugfest/sip';
import type { ResponseSpec } from './session.ts';

/** Somebody's subscription to a package of ours, from its 200 to its last NOTIFY. @see RFC 6665 §4.2 */
export interface NotifierSubscription {
  /** Unique at this user agent. */
  readonly id: string;
  /** The SUBSCRIBE (or REFER) that made it. */
  readonly request: SipRequest;
  /** User part of the Request-URI, unescaped, Unicode: what is subscribed to. */
  readonly resource: string;
  /** From URI of the subscriber. */
  readonly subscriberUri: string;
  /** The `id` of the Event header. */
  readonly eventId: string | undefined;
  readonly expiresAtUs: number;
  readonly active: boolean;
  /** Resolves once, never rejects: by the subscriber, by us, on expiry, or because a NOTIFY failed. */
  readonly ended: Promise<void>;
  /**
   * Sends a NOTIFY after those that wait for their answer. Resolves with its final response (408 when none came); undefined when the subscription
   * ended before it could be sent. Throws nothing.
   */
  notify(body: SipBody | undefined): Promise<SipResponse | undefined>;
  /** Sends the last NOTIFY, `terminated` for this reason. */
  terminate(reason: SubscriptionEndReason, options?: { readonly body?: SipBody; readonly retryAfterS?: number }): void;
}

/** What a user agent notifies of. Give it to `UserAgent.serve`. @see RFC 6665 §5 */
export interface EventPackage {
  /** As in the Event header, e.g. `conference`. */
  readonly name: string;
  /** Media types of the bodies, e.g. `application/conference-info+xml`; a SUBSCRIBE whose Accept fits none gets 406. */
  readonly mediaTypes: readonly string[];
  /** Used when the SUBSCRIBE names no time. */
  readonly defaultExpiresS: number;
  /** Longer ones are cut to this. */
  readonly maxExpiresS: number;
  /** Shorter ones (but 0) get 423; default 60, at most 3600. */
  readonly minExpiresS?: number;
  /** Decides about a new subscription: a refusal (403, 404 …), or undefined to accept. Keep the subscription to notify of changes. */
  onSubscribe(subscription: NotifierSubscription): ResponseSpec | undefined;
  /** The full state for the NOTIFY that follows each SUBSCRIBE: new, refreshed, and the only one of a fetch (`Expires: 0`). */
  stateFor(subscription: NotifierSubscription): SipBody | undefined;
}
