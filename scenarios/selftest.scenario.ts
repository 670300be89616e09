import { aRealConference, lyncDesktop, scenario, sipRoom, wrtc } from '@plugfest/scenario';
import { corpAndSkype } from './federation/corp-and-skype.ts';

export default scenario({
  title: 'Three who can be sabotaged',
  story: 'The conference on which `plugfest selftest` breaks one thing at a time.',
  conference: { owner: 'anna@corp.example' },
  federation: corpAndSkype,
  participants: {
    lync: lyncDesktop({ name: 'Anna (Lync)', uri: 'sip:anna@corp.example', look: 3 }),
    webrtc: wrtc({ name: 'Walter (wrtc)', uri: 'sip:walter@conference.corp.example', look: 2 }),
    room: sipRoom({ name: 'Seminar room', uri: 'sip:seminar@conference.corp.example', look: 1 }),
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
