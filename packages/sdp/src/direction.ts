import { attribute } from './attribute.ts';
import type { Direction, MediaDescription, SessionDescription } from './session-description.ts';

const DIRECTIONS: readonly Direction[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];

/** What the describing side wants, from the m-line, else the session, else `sendrecv`. @see RFC 8866 §6.7 */
export function describedDirection(media: MediaDescription, session: SessionDescription): Direction {
  const of = (holder: typeof media | typeof session): Direction | undefined =>
    DIRECTIONS.find((direction) => attribute(holder, direction) !== undefined);
  return of(media) ?? of(session) ?? 'sendrecv';
}

/** Which way media may flow seen from us, when the peer says `theirs` and we would do `ours`. @see RFC 3264 §6.1 */
export function agreedDirection(theirs: Direction, ours: Direction): Direction {
  return directionOf(sends(ours) && receives(theirs), receives(ours) && sends(theirs));
}

/** Old-style hold: nothing can be sent to an unspecified address. @see RFC 3264 §8.4 */
export function withoutSending(direction: Direction): Direction {
  return directionOf(false, receives(direction));
}

export function sends(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'sendonly';
}

export function receives(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'recvonly';
}

function directionOf(send: boolean, receive: boolean): Direction {
  if (send) return receive ? 'sendrecv' : 'sendonly';
  return receive ? 'recvonly' : 'inactive';
}
