import { scenario } from '@plugfest/scenario';

export default scenario({
  title: 'A Lync mobile signs in over HTTPS, and its front end makes the SIP',
  story:
    'Marco’s phone finds the web side of corp.example’s front end by lyncdiscover, proves who he is for a token, and follows links. Presence, messages and a conference’s focus are SIP ' +
    'that the front end makes for it; Bob is in the federated domain fabrikam.example, across both edges.',
  participants: {},
  lync: { client: 'phone', user: 'marco@corp.example', contact: { address: 'bob@fabrikam.example', name: 'Bob' } },
  async steps({ lync }) {
    await lync.signsIn();
    await lync.seesPresence('busy');
    await lync.seesPresence('away');
    await lync.showsPresence('busy', 'On the train');
    await lync.isWritten('Is the room free?');
    await lync.writes('Yes, until noon');
    await lync.joinsMeeting();
    await lync.signsOut();
  },
  expects: [{ rule: 'lync-steps', level: 'must' }],
});
