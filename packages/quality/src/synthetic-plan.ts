import type { ParticipantSource } from '@plugfest/media';
import type { LayoutName, Plan, RunEvent } from '@plugfest/model';

/** When measuring begins. */
export const START_US = 7_000_000_000;
/** Sources start before media are measured, each a little apart from the others. */
export const sourceStartUs = (i: number): number => START_US - 3_000_000 - i * 137_000;

/** The plan of a synthetic conference. */
export function syntheticPlan(
  sources: readonly ParticipantSource[],
  seconds: number,
  layout: LayoutName,
  conference: { width: number; height: number; frameRate: number },
): Plan {
  return {
    version: 1,
    runId: 'synthetic',
    scenario: { id: 'synthetic', title: 'Synthetic', file: '', story: '' },
    seed: 1,
    createdAt: '2026-01-01T00:00:00Z',
    command: '',
    participants: sources.map(({ participant }) => participant),
    peers: [],
    conference: { uri: 'sip:room@example.com', layout, ...conference },
    mediaMs: seconds * 1000,
    expectations: [],
    variant: 'as-written',
    sabotage: [],
    environment: {},
  };
}

/** What a run’s events would say of it. */
export function syntheticEvents(
  sources: readonly ParticipantSource[],
  seconds: number,
  layout: LayoutName,
): RunEvent[] {
  const ids = sources.map(({ participant }) => participant.id);
  const each = (atUs: number, type: string, data: (i: number) => Record<string, unknown>): RunEvent[] =>
    ids.map((participant, i) => ({ atUs, type, participant, data: data(i) }));
  return [
    ...each(START_US - 3_500_000, 'participant.joined', () => ({})),
    ...each(START_US - 3_000_000, 'source.started', (i) => ({ startedUs: sourceStartUs(i) })),
    ...each(START_US - 2_500_000, 'view.changed', (i) => ({ layout, seats: ids.filter((_, other) => other !== i) })),
    { atUs: START_US, type: 'media.started', data: {} },
    { atUs: START_US + seconds * 1e6, type: 'media.stopped', data: {} },
  ];
}
