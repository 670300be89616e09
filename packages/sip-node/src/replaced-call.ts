import { dialogKey, replacesOf, type SipRequest } from '@plugfest/sip';
import type { Call } from './call.ts';

/** What an INVITE's Replaces comes to: nothing, a call to take the place of, or a refusal. */
export type Replacement = { readonly call: Call | undefined } | { readonly statusCode: 400 | 481 | 486 | 603 };

/** Finds the call that an INVITE replaces, and whether it may. @see RFC 3891 §3 */
export function replacementFor(request: SipRequest, callOf: (key: string) => Call | undefined): Replacement {
  const replaces = replacesOf(request);
  if (replaces === undefined) return { call: undefined };
  if (replaces === 'bad') return { statusCode: 400 };
  const call = callOf(dialogKey(replaces.callId, replaces.toTag, ''));
  // Peers of RFC 2543 have no tag: it is written as 0.
  const remoteTag = call?.dialog?.remoteTag === '' ? '0' : call?.dialog?.remoteTag;
  if (call === undefined || remoteTag !== replaces.fromTag) return { statusCode: 481 };
  if (call.isLeaving || call.isTaken || call.state === 'terminated') return { statusCode: 603 };
  if (call.state === 'established') return replaces.earlyOnly ? { statusCode: 486 } : { call };
  // Of calls that are not answered only those that we made can be taken.
  return call.dialog?.role === 'uac' ? { call } : { statusCode: 481 };
}
