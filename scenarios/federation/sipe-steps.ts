import { type ScenarioDefinition, scenario } from '@plugfest/scenario';

/** The same story over either transport. */
export function sipeOver(transport: 'tcp' | 'tls', how: string): ScenarioDefinition {
  return scenario({
    title: `A real Lync client signs in over ${transport.toUpperCase()}, sees presence across federation, and exchanges messages`,
    story:
      `Anna uses pidgin-sipe, a Lync client that nobody here wrote. It signs in to the front end of corp.example over ${how}, has its contact list, and watches Bob, who ` +
      'is in the federated domain fabrikam.example: presence and messages cross both edges. The front end challenges it with NTLM, and from then on both sign each message and check what the other signed.',
    participants: {},
    lync: { transport, user: 'anna@corp.example', contact: { address: 'bob@fabrikam.example', name: 'Bob' } },
    async steps({ lync }) {
      await lync.signsIn();
      await lync.seesPresence('busy');
      await lync.seesPresence('away');
      await lync.isWritten('Is the room free?');
      await lync.writes('Yes, until noon');
      await lync.signsOut();
    },
    expects: [{ rule: 'lync-steps', level: 'must' }],
  });
}
