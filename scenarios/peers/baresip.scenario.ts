import { aRealConference, baresip, scenario, sipRoom } from '@plugfest/scenario';

export default scenario({
  title: 'baresip and a SIP room meet',
  story:
    'A SIP user agent that nobody here wrote calls the bridge over UDP: what its window shows and its loudspeaker plays is measured.',
  participants: {
    berta: baresip({ name: 'Berta (baresip)', uri: 'sip:berta@conference.corp.example', look: 2 }),
    room: sipRoom({ name: 'Seminar room', uri: 'sip:seminar@conference.corp.example' }),
  },
  async steps({ everyone, measure }) {
    await everyone.joins();
    await everyone.receivesMedia();
    await everyone.isShownToEveryone();
    await measure({ seconds: 4 });
    await everyone.hangsUp();
  },
  expects: aRealConference({ frameRate: 12 }),
});
