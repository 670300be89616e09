import { aRealConference, chromium, scenario, sipRoom } from '@plugfest/scenario';

export default scenario({
  title: 'Chromium and a SIP room meet',
  story:
    'A real Chromium calls the bridge over WebSocket with JsSIP in the page; what it is shown and played is measured.',
  participants: {
    carla: chromium({ name: 'Carla (Chromium)', uri: 'sip:carla@conference.corp.example', look: 4 }),
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
