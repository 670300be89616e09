import type { Participant } from './participant.ts';

type Present = Pick<Participant, 'id' | 'uri' | 'signalling'>;

/**
 * By whose picture and voice somebody is there: its own, but of who only looks on the last session by which the same person speaks. Nobody is shown or
 * played itself.
 */
export function presenceOf(participant: Present, participants: ReadonlyMap<string, Present>): string {
  if (participant.signalling !== 'whep') return participant.id;
  const speaking = companionsOf(participant, participants).filter(({ signalling }) => signalling === 'whip');
  return speaking.at(-1)?.id ?? participant.id;
}

/** The sessions that one person is there by, itself among them: who came by SIP has one, who came by HTTP one to speak and one to look on. */
export function companionsOf<One extends Present>(one: One, participants: ReadonlyMap<string, One>): readonly One[] {
  if (one.signalling === 'sip') return [one];
  return [...participants.values()].filter(({ uri, signalling }) => uri === one.uri && signalling !== 'sip');
}
