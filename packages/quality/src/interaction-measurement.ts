import type { Interaction, Measured, ViewChange } from '@plugfest/model';
import { medianInterval, notMeasured } from './distribution.ts';

/** Times in a capture are whole milliseconds. */
const RESOLUTION_MS = 0.5;

export interface InteractionFacts {
  /** When the call was made. */
  readonly calledUs: number | undefined;
  readonly firstPictureUs: number | undefined;
  readonly firstSoundUs: number | undefined;
  readonly viewChanges: readonly ViewChange[];
  readonly clockErrorMs: number;
}

/** How long people waited. */
export function measureInteraction(facts: InteractionFacts): Interaction {
  const { firstPictureUs, firstSoundUs, viewChanges } = facts;
  return {
    firstPictureMs: waitOf(facts, firstPictureUs, 'from the call to the first picture captured'),
    firstSoundMs: waitOf(facts, firstSoundUs, 'from the call to the first sound captured that is not silence'),
    viewChangeMs: viewChangeOf(viewChanges),
    viewChanges: [...viewChanges],
  };
}

function waitOf({ calledUs, clockErrorMs }: InteractionFacts, atUs: number | undefined, method: string): Measured {
  if (calledUs === undefined) return notMeasured('it is not known when the call was made');
  if (atUs === undefined) return notMeasured('none was captured');
  const value = (atUs - calledUs) / 1000;
  const margin = RESOLUTION_MS + clockErrorMs;
  return { value, unit: 'ms', n: 1, low: value - margin, high: value + margin, method };
}

function viewChangeOf(changes: readonly ViewChange[]): Measured {
  const waits = changes.map(({ waitMs }) => waitMs).filter((waitMs) => waitMs !== null);
  if (waits.length === 0) {
    return notMeasured(changes.length === 0 ? 'no change was announced' : 'no announced change was ever seen');
  }
  const { value, low, high } = medianInterval(waits);
  const method = 'from an announced change to the first picture that shows it, median';
  return { value, unit: 'ms', n: waits.length, low, high, method };
}
