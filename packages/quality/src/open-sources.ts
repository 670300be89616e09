import { cacheDirectory } from '@plugfest/host';
import { ParticipantSource } from '@plugfest/media';
import type { Plan } from '@plugfest/model';
import { ReferencePictures } from './reference-pictures.ts';
import type { Sources } from './viewer-measurement.ts';

/** What each of these participants sent, from the cache; what cannot be had there is told in `faults`, and measuring goes on without it. */
export async function openSources(plan: Plan, participants: readonly string[]): Promise<Sources> {
  const sources = new Map<string, ParticipantSource>();
  const faults = new Map<string, string>();
  for (const participant of plan.participants.filter(({ id }) => participants.includes(id))) {
    try {
      sources.set(participant.id, await ParticipantSource.prepare({ participant, cacheDir: cacheDirectory() }));
    } catch (error) {
      faults.set(
        participant.id,
        `what was sent is not known: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  return { sources, faults, references: new ReferencePictures(), templates: new Map() };
}
