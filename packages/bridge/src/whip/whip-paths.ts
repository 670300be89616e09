import type { WhipArrival } from './whip-arrival.ts';

/** What a path names: an endpoint, where sessions are made, or one of its sessions. @see RFC 9725 §2 */
export interface WhipPath {
  readonly signalling: WhipArrival['signalling'];
  readonly room: string;
  readonly session: string | undefined;
}

export function isWhipPath(url: string): boolean {
  return /^\/wh[ie]p\//.test(url);
}

/** Undefined where there is no such room and never could be. */
export function whipPathOf(path: string): WhipPath | undefined {
  const [, signalling, room = '', session] = /^\/(whip|whep)\/([\w.-]{1,64})(?:\/([\w-]{1,64}))?$/.exec(path) ?? [];
  if (signalling !== 'whip' && signalling !== 'whep') return undefined;
  return { signalling, room, session };
}

export function sessionPath({ signalling, room, session = '' }: WhipPath): string {
  return `/${signalling}/${room}/${session}`;
}
