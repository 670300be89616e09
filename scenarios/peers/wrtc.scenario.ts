import { aRealConference, scenario, sipRoom, wrtc } from '@plugfest/scenario';

export default scenario({
  title: 'wrtc and a SIP room meet',
  story: 'libwebrtc in Node calls the bridge over WebSocket; what it decodes is measured.',
  participants: {
    wanda: wrtc({ name: 'Wanda (wrtc)', uri: 'sip:wanda@conference.corp.example', look: 5 }),
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
