import { aRealConference, chromium, scenario, sipRoom } from '@plugfest/scenario';

export default scenario({
  title: 'Chromium without SIP and a SIP room meet',
  story:
    'A real Chromium comes in over HTTP: by WHIP (RFC 9725) it is seen and heard, by WHEP it looks on; the conference takes both sessions for one person. What it is shown and played is measured.',
  participants: {
    wilma: chromium({
      name: 'Wilma (Chromium, WHIP)',
      uri: 'sip:wilma@conference.corp.example',
      look: 4,
      signalling: 'whip',
    }),
    room: sipRoom({ name: 'Seminar room', uri: 'sip:seminar@conference.corp.example', look: 0 }),
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
