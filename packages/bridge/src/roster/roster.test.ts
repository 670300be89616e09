import { expect, test } from 'vitest';
import type { Conference } from '../conference/conference.ts';
import { rosterOf } from './roster.ts';

const leg = (direction: string) => ({ media: { direction } });

/** As much of a conference as its roster is made of. */
function conferenceOf(...participants: readonly Record<string, unknown>[]): Conference {
  return { participants: new Map(participants.map((one) => [one.id, one])) } as unknown as Conference;
}

test('the two sessions of a person without SIP are one user with an endpoint for each', () => {
  const carla = { uri: 'sip:carla@web.example', displayName: 'Carla', muted: false };
  const publisher = { ...carla, id: 'p', audio: leg('recvonly'), video: leg('recvonly') };
  const viewer = { ...carla, id: 'v', audio: leg('sendonly'), video: leg('sendonly') };
  const statusOf = (muted: boolean): unknown => {
    const roster = rosterOf(conferenceOf({ ...publisher, muted }, { ...viewer, muted }));
    return [...roster.values()].map(({ entity, displayText, endpoints }) => ({
      entity,
      displayText,
      endpoints: endpoints.map(({ entity, media }) => [entity, ...media.map(({ status }) => status)]),
    }));
  };
  const user = { entity: 'sip:carla@web.example', displayText: 'Carla' };
  const looksOn = ['sip:carla@web.example;endpoint=v', 'sendonly', 'sendonly'];
  expect(statusOf(false)).toEqual([
    { ...user, endpoints: [['sip:carla@web.example;endpoint=p', 'recvonly', 'recvonly'], looksOn] },
  ]);
  expect(statusOf(true)).toEqual([
    { ...user, endpoints: [['sip:carla@web.example;endpoint=p', 'inactive', 'recvonly'], looksOn] },
  ]);
});
