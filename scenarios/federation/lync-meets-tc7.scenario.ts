import { aRealConference, ciscoRoom, lyncDesktop, scenario } from '@plugfest/scenario';
import { corpAndSkype } from './corp-and-skype.ts';

export default scenario({
  title: 'Lync on a desktop meets a TC7 room',
  story:
    'Anna calls with Lync’s whole offer and sends pictures when the bridge asks for them; the board room is a Cisco TelePresence TC7 with all its lines. ' +
    'Each sees and hears the other.',
  conference: { owner: 'anna@corp.example', layout: 'equal-2x2' },
  federation: corpAndSkype,
  participants: {
    lyncDesktop: lyncDesktop({ name: 'Anna (Lync)', uri: 'sip:anna@corp.example', look: 3 }),
    room: ciscoRoom({ name: 'Board room', uri: 'sip:boardroom@conference.corp.example', look: 1, profile: 'tc7' }),
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
