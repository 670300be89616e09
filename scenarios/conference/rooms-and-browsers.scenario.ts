import { aRealConference, chromium, lyncDesktop, scenario, sipRoom, wrtc } from '@plugfest/scenario';
import { corpAndSkype } from '../federation/corp-and-skype.ts';

export default scenario({
  title: 'A SIP room, a browser, libwebrtc and Lync meet',
  story: 'A plain SIP room, a real Chromium, a libwebrtc client in Node and a Lync desktop client in one conference.',
  conference: { owner: 'anna@corp.example', layout: 'equal-2x2' },
  federation: corpAndSkype,
  participants: {
    room: sipRoom({ name: 'Seminar room', uri: 'sip:seminar@conference.corp.example', look: 1 }),
    browser: chromium({ name: 'Chloé (Chromium)', uri: 'sip:chloe@conference.corp.example', look: 0 }),
    webrtc: wrtc({ name: 'Walter (wrtc)', uri: 'sip:walter@conference.corp.example' }),
    lync: lyncDesktop({ name: 'Anna (Lync)', uri: 'sip:anna@corp.example' }),
  },
  async steps({ everyone, measure }) {
    await everyone.joins();
    await everyone.receivesMedia();
    await everyone.isShownToEveryone();
    await measure({ seconds: 8 });
    await everyone.hangsUp();
  },
  expects: aRealConference({ frameRate: 12 }),
});
