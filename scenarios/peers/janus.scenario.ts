import { aRealConference, chromium, scenario } from '@plugfest/scenario';

export default scenario({
  title: 'Three browsers meet in a Janus',
  story:
    'A conference of others: Janus mixes what is said (AudioBridge) and passes each picture on by itself (VideoRoom); each page lays out what it is sent, and what it shows and plays is measured as with any bridge.',
  conference: { bridge: 'janus' },
  participants: {
    jana: chromium({ name: 'Jana', uri: 'sip:jana@conference.corp.example', look: 0 }),
    jonas: chromium({ name: 'Jonas', uri: 'sip:jonas@conference.corp.example', look: 1 }),
    judith: chromium({ name: 'Judith', uri: 'sip:judith@conference.corp.example', look: 2 }),
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
