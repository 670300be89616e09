import { describe, expect, it } from 'vitest';
import { type CallFacts, compareVersions, decide, type FederationPolicy, type FederationRule } from './policy.ts';

const SOFIA = 'sofia@skype.example';
const ANNA = 'anna@corp.example';

const policy: FederationPolicy = {
  domainProvisioned: true,
  providerEnabled: true,
  publicAccessUsers: [ANNA],
  privacy: { [ANNA]: 'allow-invites-block-other' },
  contacts: { [ANNA]: [SOFIA], [SOFIA]: [ANNA] },
  privacyStatusCode: 480,
  skypePath: 'trusted-application',
};

const call: CallFacts = {
  service: 'video',
  caller: SOFIA,
  callee: ANNA,
  fromPublicProvider: true,
  client: { product: 'Skype', version: '7.0.0.100' },
};

describe('the rules of the seed case', () => {
  it('let the good call through', () => {
    expect(decide(call, policy)).toEqual({ allowed: true });
  });

  const broken: [FederationRule, Partial<FederationPolicy>, Partial<CallFacts>, number][] = [
    ['domain-provisioned', { domainProvisioned: false }, {}, 504],
    ['provider-enabled', { providerEnabled: false }, {}, 403],
    ['user-enabled-for-public-access', { publicAccessUsers: [] }, {}, 403],
    ['client-version', {}, { client: { product: 'Skype', version: '6.21.0.104' } }, 488],
    ['contact-missing-at-callee', { contacts: { [SOFIA]: [ANNA] } }, {}, 480],
    ['contact-missing-at-caller', { contacts: { [ANNA]: [SOFIA] } }, {}, 480],
    ['contact-missing-at-both', { contacts: {} }, {}, 480],
  ];
  it.each(broken)('%s is named when it alone is broken', (rule, policyChange, callChange, statusCode) => {
    const decision = decide({ ...call, ...callChange }, { ...policy, ...policyChange });
    expect(decision).toMatchObject({ allowed: false, rule, statusCode });
  });

  it('asks for no contact lists where the person called allows anyone', () => {
    expect(decide(call, { ...policy, privacy: { [ANNA]: 'allow-anyone' }, contacts: {} })).toEqual({ allowed: true });
    expect(decide(call, { ...policy, privacy: {}, contacts: {} })).toEqual({ allowed: true });
  });

  it('do not touch calls inside the enterprise', () => {
    const inside = { ...call, caller: 'marco@corp.example', fromPublicProvider: false };
    expect(decide(inside, { ...policy, providerEnabled: false, contacts: {} })).toEqual({ allowed: true });
  });

  it('answer privacy with the status that the policy chose', () => {
    expect(decide(call, { ...policy, contacts: {}, privacyStatusCode: 603 })).toMatchObject({
      statusCode: 603,
      reasonPhrase: 'Decline',
    });
  });

  it('name the first that is broken, whatever else is', () => {
    const rows: { rule: FederationRule; policy?: Partial<FederationPolicy>; call?: Partial<CallFacts> }[] = [
      { rule: 'domain-provisioned', policy: { domainProvisioned: false } },
      { rule: 'provider-enabled', policy: { providerEnabled: false } },
      { rule: 'user-enabled-for-public-access', policy: { publicAccessUsers: [SOFIA] } },
      { rule: 'client-version', call: { client: { product: 'Skype', version: '6.21.0.104' } } },
    ];
    const contactLists: [FederationRule | undefined, FederationPolicy['contacts']][] = [
      [undefined, policy.contacts],
      ['contact-missing-at-both', { [ANNA]: ['marco@corp.example'] }],
      ['contact-missing-at-callee', { [SOFIA]: [ANNA] }],
      ['contact-missing-at-caller', { [ANNA]: [SOFIA] }],
    ];
    for (let mask = 0; mask < 1 << rows.length; mask++) {
      const broken = rows.filter((_, i) => mask & (1 << i));
      for (const [contactRule, contacts] of contactLists) {
        const brokenCall = Object.assign({}, call, ...broken.map((row) => row.call));
        const brokenPolicy = Object.assign({}, policy, { contacts }, ...broken.map((row) => row.policy));
        const first = broken[0]?.rule ?? contactRule;
        const expected = first === undefined ? { allowed: true } : { allowed: false, rule: first };
        expect(decide(brokenCall, brokenPolicy)).toMatchObject(expected);
        expect(decide({ ...brokenCall, fromPublicProvider: false }, brokenPolicy)).toEqual({ allowed: true });
      }
    }
  });

  it('compare versions as numbers', () => {
    expect(compareVersions('7.0.0.100', '7.0.0.99')).toBeGreaterThan(0);
    expect(compareVersions('6.21.0.104', '7.0')).toBeLessThan(0);
    expect(compareVersions('7', '7.0.0')).toBe(0);
  });
});
