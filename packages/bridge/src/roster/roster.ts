import type { Conference } from '../conference/conference.ts';
import type { Participant } from '../conference/participant.ts';

/** One way in which somebody is there. @see RFC 4575 §5.7 */
export interface RosterEndpoint {
  readonly entity: string;
  readonly displayText: string;
  readonly media: readonly { readonly id: string; readonly type: 'audio' | 'video'; readonly status: string }[];
}

/** Who is there, in as many ways as the calls that came from that address. @see RFC 4575 §5.6 */
export interface RosterUser {
  readonly entity: string;
  readonly displayText: string;
  readonly endpoints: readonly RosterEndpoint[];
}

/** Users by entity. */
export type Roster = ReadonlyMap<string, RosterUser>;

export function rosterOf(conference: Conference): Roster {
  const users = new Map<string, RosterUser>();
  for (const participant of conference.participants.values()) {
    const { uri, displayName } = participant;
    const endpoints = [...(users.get(uri)?.endpoints ?? []), endpointOf(participant)];
    users.set(uri, { entity: uri, displayText: users.get(uri)?.displayText ?? displayName, endpoints });
  }
  return users;
}

/** What makes `before` into `after`. */
export interface RosterChange {
  /** New ones and those of whom anything changed, each whole. */
  readonly present: readonly RosterUser[];
  /** Entities of those who left. */
  readonly gone: readonly string[];
}

export function changeBetween(before: Roster, after: Roster): RosterChange {
  const isNew = (user: RosterUser): boolean => JSON.stringify(before.get(user.entity)) !== JSON.stringify(user);
  return {
    present: [...after.values()].filter(isNew),
    gone: [...before.keys()].filter((entity) => !after.has(entity)),
  };
}

/** Directions are as the bridge sees them: from whom it hears, and whom it sends to. A muted one is only listened to. */
function endpointOf({ id, uri, displayName, audio, video, muted }: Participant): RosterEndpoint {
  const media = [
    ...(audio
      ? [
          {
            id: 'audio',
            type: 'audio' as const,
            status: muted ? mutedOf(audio.media.direction) : audio.media.direction,
          },
        ]
      : []),
    ...(video ? [{ id: 'video', type: 'video' as const, status: video.media.direction }] : []),
  ];
  return { entity: `${uri};endpoint=${id}`, displayText: displayName, media };
}

function mutedOf(direction: string): string {
  return direction === 'sendrecv' ? 'sendonly' : direction === 'recvonly' ? 'inactive' : direction;
}
