import { aRealConference, chromium, scenario, sipRoom, wrtc } from '@plugfest/scenario';

export default scenario({
  title: 'Truth in the chain',
  story:
    'A real Chromium, a SIP room of SIPp and ffmpeg and libwebrtc: `npm run truth` injects known damage here and holds what is measured against it.',
  participants: {
    browser: chromium({ name: 'Chloé (Chromium)', uri: 'sip:chloe@conference.corp.example', look: 0 }),
    room: sipRoom({ name: 'Seminar room', uri: 'sip:seminar@conference.corp.example', look: 1 }),
    webrtc: wrtc({ name: 'Walter (wrtc)', uri: 'sip:walter@conference.corp.example', look: 2 }),
  },
  async steps({ everyone, measure }) {
    await everyone.joins();
    await everyone.receivesMedia();
    await everyone.isShownToEveryone();
    await measure({ seconds: 6 });
    await everyone.hangsUp();
  },
  expects: aRealConference({ frameRate: 12 }),
});
