import { aRealConference, firefox, scenario, sipRoom } from '@plugfest/scenario';

export default scenario({
  title: 'Firefox and a SIP room meet',
  story:
    'The other browser engine: a real Firefox calls the bridge over WebSocket, its camera a canvas and its microphone a sound graph; what its screen shows and plays is measured.',
  participants: {
    frida: firefox({ name: 'Frida (Firefox)', uri: 'sip:frida@conference.corp.example', look: 3 }),
    room: sipRoom({ name: 'Seminar room', uri: 'sip:seminar@conference.corp.example' }),
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
