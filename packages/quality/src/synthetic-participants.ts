import { cacheDirectory, findTool } from '@plugfest/host';
import { ParticipantSource } from '@plugfest/media';
import type { ParticipantPlan } from '@plugfest/model';

/** Without a voice there is nothing to measure: tests that need one are skipped, with this reason. */
export const espeak = await findTool('espeak-ng');
if (!espeak.found) console.warn(`skipped: ${espeak.reason}; ${espeak.fix}`);

export function participantPlan(number: number, video = { width: 320, height: 180, frameRate: 15 }): ParticipantPlan {
  const id = `p${number}`;
  return {
    id,
    number,
    name: `Participant ${number}`,
    kind: 'external',
    profile: 'synthetic',
    uri: `sip:${id}@example.com`,
    simulated: true,
    look: number,
    video,
  };
}

/** Participants 1…count as they would be in a run; rendered once into the cache. */
export async function prepareParticipants(
  count: number,
  video?: ParticipantPlan['video'],
): Promise<ParticipantSource[]> {
  const sources: ParticipantSource[] = [];
  for (let number = 1; number <= count; number++) {
    const participant = participantPlan(number, video);
    sources.push(await ParticipantSource.prepare({ participant, cacheDir: cacheDirectory() }));
  }
  return sources;
}
