import type { Plan } from '@plugfest/model';

/** A plan as small as one can be, with one participant. */
export function plannedExpansion(file: string): Plan {
  return {
    version: 1,
    runId: 'canary-1',
    scenario: { id: 'canary', title: 'Canary', file, story: '' },
    seed: 1,
    createdAt: '2030-01-01T00:00:00.000Z',
    command: 'plugfest run canary',
    participants: [
      {
        id: 'subject',
        number: 0,
        name: 'Subject',
        kind: 'external',
        profile: 'command',
        uri: 'sip:subject@corp.example',
        simulated: false,
        look: 0,
        video: { width: 2, height: 2, frameRate: 1 },
      },
    ],
    peers: [],
    conference: { uri: 'sip:x@y', layout: 'equal-2x2', width: 2, height: 2, frameRate: 1 },
    mediaMs: 0,
    expectations: [],
    variant: 'as-written',
    sabotage: [],
    environment: {},
  };
}
