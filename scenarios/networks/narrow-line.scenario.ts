import {
  chromium,
  everyoneHearsEveryone,
  everyoneJoins,
  everyoneSeesEveryone,
  scenario,
  sipRoom,
} from '@plugfest/scenario';

export default scenario({
  title: 'A line that becomes narrow',
  story:
    'The line of a browser that looks on by WHEP carries 400 kbit/s to it for a while, behind a long queue: the bridge learns of that by the delay of its packets, and sends less.',
  participants: {
    wilma: chromium({
      name: 'Wilma (Chromium, WHEP)',
      uri: 'sip:wilma@conference.corp.example',
      look: 4,
      signalling: 'whip',
    }),
    room: sipRoom({ name: 'Seminar room', uri: 'sip:seminar@conference.corp.example', look: 0 }),
  },
  async steps({ everyone, participants: { wilma }, measure }) {
    await everyone.joins();
    await everyone.receivesMedia();
    await everyone.isShownToEveryone();
    await wilma.hasNetwork({ received: { rateBps: 400_000, delayMs: 20 } });
    await measure({ seconds: 8 });
    await wilma.hasNetwork({});
    await measure({ seconds: 8 });
    await everyone.hangsUp();
  },
  expects: [everyoneJoins(), everyoneSeesEveryone(), everyoneHearsEveryone()],
});
