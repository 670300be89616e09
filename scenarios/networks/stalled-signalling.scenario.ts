import {
  everyoneHearsEveryone,
  everyoneJoins,
  everyoneSeesEveryone,
  scenario,
  tcpRoom,
  wrtc,
} from '@plugfest/scenario';

export default scenario({
  title: 'Signalling that stands still',
  story:
    'A room calls over TCP through a network whose streams are late and stand still for a second of every two; a WebRTC client’s WebSocket is slow. Calls take longer, and stand.',
  participants: {
    room: {
      ...tcpRoom({ name: 'Room on a train', uri: 'sip:train@conference.corp.example', look: 1 }),
      network: { signalling: { delayMs: 80, stall: { everyMs: 2000, lengthMs: 1000 } } },
    },
    webrtc: {
      ...wrtc({ name: 'Walter (wrtc)', uri: 'sip:walter@conference.corp.example', look: 2 }),
      network: { signalling: { delayMs: 50, rateBps: 64_000 } },
    },
  },
  async steps({ everyone, participants: { room }, measure }) {
    await everyone.joins();
    await everyone.receivesMedia();
    await everyone.isShownToEveryone();
    await room.renegotiates();
    await measure({ seconds: 2 });
    await everyone.hangsUp();
  },
  expects: [everyoneJoins(), everyoneSeesEveryone(), everyoneHearsEveryone()],
});
