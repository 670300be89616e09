import { type Plan, planSchema, seededRandom } from '@plugfest/model';
import { describe, expect, it } from 'vitest';
import type { ScenarioDefinition } from './definition.ts';
import { type ExpandOptions, expand, kebab } from './expand.ts';
import { refusedBy } from './expectations.ts';
import { skype } from './participants.ts';

const definition: ScenarioDefinition<'skypeOne'> = {
  title: 'Test',
  conference: { owner: 'anna@corp.example' },
  federation: {
    domainProvisioned: true,
    providerEnabled: true,
    publicAccessUsers: [],
    privacy: {},
    contacts: {},
    privacyStatusCode: 480,
    skypePath: 'trusted-application',
  },
  participants: { skypeOne: skype({ name: 'Sofia', uri: 'sip:sofia@skype.example' }) },
  steps: async () => {},
  expects: [refusedBy('provider-enabled', 'skypeOne')],
  twin: {
    rule: 'provider-enabled',
    breaks: { federation: { providerEnabled: false }, participants: { skypeOne: { clientVersion: '6.0' } } },
  },
};

function planOf(satisfied: boolean): Plan {
  const options: ExpandOptions = {
    runId: 'r',
    scenarioId: 's',
    file: 'f',
    seed: 1,
    random: seededRandom(1),
    createdAt: '',
    command: '',
    sabotage: [],
    satisfied,
    environment: {},
  };
  return planSchema.parse(expand(definition, options));
}

describe('a plan', () => {
  it('breaks what its twin breaks, and leaves it whole when it is to be satisfied', () => {
    expect(planOf(false).federation).toMatchObject({ providerEnabled: false, owner: 'anna@corp.example' });
    expect(planOf(false).participants[0]?.clientVersion).toBe('6.0');
    expect(planOf(true).federation).toMatchObject({ providerEnabled: true });
    expect(planOf(true).participants[0]?.clientVersion).toBe('7.0.0.102');
    expect(planOf(true).variant).toBe('satisfied');
  });

  it('names participants in kebab-case, in expectations too', () => {
    expect(kebab('lyncMobile')).toBe('lync-mobile');
    expect(planOf(false).participants[0]?.id).toBe('skype-one');
    expect(planOf(false).expectations[0]?.participants).toEqual(['skype-one']);
  });
});
