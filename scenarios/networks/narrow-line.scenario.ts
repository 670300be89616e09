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
    'A browser’s line carries 400 kbit/s to it for a while, behind a long queue: the bridge learns of that by the delay of its packets, and sends less.',
  participants: {
    carla: chromium({ name: 'Carla (Chromium)', uri: 'sip:carla@conference.corp.example', look: 4 }),
    room: sipRoom({ name: 'Seminar room', uri: 'sip:seminar@conference.corp.example', look: 0 }),
  },
  async steps({ everyone, participants: { carla }, measure }) {
    await everyone.joins();
    await everyone.receivesMedia();
    await everyone.isShownToEveryone();
    await carla.hasNetwork({ received: { rateBps: 400_000, delayMs: 20 } });
    await measure({ seconds: 8 });
    await carla.hasNetwork({});
    await measure({ seconds: 8 });
    await everyone.hangsUp();
  },
  expects: [everyoneJoins(), everyoneSeesEveryone(), everyoneHearsEveryone()],
});
