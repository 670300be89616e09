import { decimalOf } from './character-class.ts';
import type { SipParameter } from './message.ts';
import { formatParameters, parameter } from './parameters.ts';
import { parseTokenHeader } from './token-header.ts';

/** Why a subscription ended. @see RFC 6665 §4.1.3 */
export type SubscriptionEndReason =
  | 'deactivated'
  | 'probation'
  | 'rejected'
  | 'timeout'
  | 'giveup'
  | 'noresource'
  | 'invariant';

/** A Subscription-State header. Substates that nobody knows count as `active`. @see RFC 6665 §8.2.3 */
export interface SubscriptionState {
  readonly state: 'active' | 'pending' | 'terminated';
  /** Seconds left; not with `terminated`. */
  readonly expiresS?: number | undefined;
  /** As received: a word that is not in `SubscriptionEndReason` counts as none. */
  readonly reason?: string | undefined;
  readonly retryAfterS?: number | undefined;
}

/** What the subscriber does when a subscription ended for this reason; without a reason it may subscribe again at once. @see RFC 6665 §4.1.3 */
export const RESUBSCRIPTION: Readonly<Record<SubscriptionEndReason, 'at-once' | 'later' | 'never'>> = {
  deactivated: 'at-once',
  probation: 'later',
  rejected: 'never',
  timeout: 'at-once',
  giveup: 'later',
  noresource: 'never',
  invariant: 'never',
};

const MAX_SECONDS = 2 ** 32 - 1;

/** Undefined when malformed. */
export function parseSubscriptionState(value: string): SubscriptionState | undefined {
  const read = parseTokenHeader(value);
  if (read === undefined) return undefined;
  const word = read.token.toLowerCase();
  const seconds = (name: string): number | undefined => decimalOf(parameter(read.parameters, name) ?? '', MAX_SECONDS);
  return {
    state: word === 'pending' || word === 'terminated' ? word : 'active',
    expiresS: seconds('expires'),
    reason: parameter(read.parameters, 'reason')?.toLowerCase(),
    retryAfterS: seconds('retry-after'),
  };
}

export function formatSubscriptionState({ state, expiresS, reason, retryAfterS }: SubscriptionState): string {
  const parameters: SipParameter[] = [];
  if (expiresS !== undefined && state !== 'terminated') parameters.push({ name: 'expires', value: String(expiresS) });
  if (reason !== undefined) parameters.push({ name: 'reason', value: reason });
  if (retryAfterS !== undefined) parameters.push({ name: 'retry-after', value: String(retryAfterS) });
  return `${state}${formatParameters(parameters)}`;
}

/** An Event header: package with template, and the id that tells subscriptions of a dialog apart. @see RFC 6665 §8.2.1 */
export interface EventType {
  readonly name: string;
  readonly id: string | undefined;
}

/** Undefined when malformed. Names are compared byte by byte, as the RFC says. */
export function parseEventType(value: string): EventType | undefined {
  const read = parseTokenHeader(value);
  return read && { name: read.token, id: parameter(read.parameters, 'id') };
}

export function formatEventType({ name, id }: EventType): string {
  return id === undefined ? name : `${name};id=${id}`;
}
