import { truthTable } from '@plugfest/scenario';

const SETTING = 'Privacy option model (Options → Alerts → “Contacts not using Lync”)';

export default truthTable(
  {
    title: 'Who of Skype reaches whom of a Lync domain: every combination',
    story:
      'Sofia, of Skype, asks people of corp.example for presence, a message, a call with sound and one with pictures. Each person is one combination of the privacy ' +
      'setting, both contact lists and the user’s external access policy; the provider is enabled or not, and Sofia’s client is older or newer than the first that had ' +
      'video with Lync. Each request crosses both edges, and the one of corp.example decides.',
  },
  {
    caller: 'sofia@skype.example',
    domain: 'corp.example',
    clientVersions: ['6.21.0.104', '7.0.0.102'],
    privacyStatusCode: 480,
    rows: [
      {
        when: { provider: 'disabled' },
        gives: { refusedBy: 'provider-enabled', statusCode: 403 },
        source: 'MS-OCER 1012; pairing with 403 [M]',
      },
      {
        when: { user: 'not enabled' },
        gives: { refusedBy: 'user-enabled-for-public-access', statusCode: 403 },
        source: 'MS-OCER 1001; pairing with 403 [M]',
      },
      {
        when: { service: 'video', clientVersion: '6.21.0.104' },
        gives: { refusedBy: 'client-version', statusCode: 488 },
        source: 'press of December 2014: video needs Skype 7.0.0.100; 488 and 52063 [M]',
      },
      {
        when: { service: 'presence', calleeListsCaller: false },
        gives: 'hidden',
        source: 'default ACE: publicCloud is in container 32000 until added (gg437971)',
      },
      {
        when: { service: 'presence', setting: 'allow-invites-block-other', callerListsCallee: false },
        gives: 'hidden',
        source: `${SETTING}: the caller is not subscribed`,
      },
      { when: { service: 'presence' }, gives: 'shown', source: SETTING },
      { when: { setting: 'allow-anyone' }, gives: 'allowed', source: SETTING },
      { when: { calleeListsCaller: true, callerListsCallee: true }, gives: 'allowed', source: SETTING },
      {
        when: { calleeListsCaller: true },
        gives: { refusedBy: 'contact-missing-at-caller', statusCode: 480 },
        source: `${SETTING}: both are needed; 480 [M]`,
      },
      {
        when: { callerListsCallee: true },
        gives: { refusedBy: 'contact-missing-at-callee', statusCode: 480 },
        source: `${SETTING}; 480 [M]`,
      },
      { when: {}, gives: { refusedBy: 'contact-missing-at-both', statusCode: 480 }, source: `${SETTING}; 480 [M]` },
    ],
  },
);
