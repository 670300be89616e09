import { aRealConference, ciscoRoom, lyncDesktop, lyncMobile, scenario, skype } from '@plugfest/scenario';
import { corpAndSkype } from '../federation/corp-and-skype.ts';

export default scenario({
  title: 'Four worlds in one conference',
  story:
    'Anna holds a conference. She joins with Lync on her desktop, Marco with Lync on his phone, the board room with its Cisco TelePresence, and ' +
    'Sofia, who is on both contact lists and whose provider is federated, with Skype. Each sees and hears all the others.',
  conference: { owner: 'anna@corp.example', layout: 'equal-2x2' },
  federation: corpAndSkype,
  participants: {
    skype: skype({ name: 'Sofia (Skype)', uri: 'sip:sofia@skype.example' }),
    lyncDesktop: lyncDesktop({ name: 'Anna (Lync)', uri: 'sip:anna@corp.example', look: 3 }),
    lyncMobile: lyncMobile({ name: 'Marco (Lync mobile)', uri: 'sip:marco@corp.example' }),
    room: ciscoRoom({ name: 'Board room', uri: 'sip:boardroom@conference.corp.example', look: 1 }),
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
