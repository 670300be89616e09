import type { FederationPolicy } from '@plugfest/federation';

/** The good case: provisioned, enabled, allowed, and Anna and Sofia are on each other's contact list. */
export const corpAndSkype: FederationPolicy = {
  domainProvisioned: true,
  providerEnabled: true,
  publicAccessUsers: ['anna@corp.example'],
  privacy: { 'anna@corp.example': 'allow-invites-block-other' },
  contacts: {
    'anna@corp.example': ['sofia@skype.example'],
    'sofia@skype.example': ['anna@corp.example'],
  },
  privacyStatusCode: 480,
  skypePath: 'trusted-application',
};
