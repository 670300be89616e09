import { aRealConference, scenario, sipRoom, wrtc } from '@plugfest/scenario';

export default scenario({
  title: 'Hello: a WebRTC client and a SIP room',
  story: 'The smallest real conference: libwebrtc in Node and a SIP room see and hear each other for two seconds.',
  participants: {
    webrtc: wrtc({ name: 'Walter (wrtc)', uri: 'sip:walter@conference.corp.example', look: 2 }),
    room: sipRoom({ name: 'Seminar room', uri: 'sip:seminar@conference.corp.example' }),
  },
  async steps({ everyone, measure }) {
    await everyone.joins();
    await everyone.receivesMedia();
    await everyone.isShownToEveryone();
    await measure({ seconds: 2 });
    await everyone.hangsUp();
  },
  expects: aRealConference({ frameRate: 12 }),
});
