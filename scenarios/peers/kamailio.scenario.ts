import {
  aRealConference,
  everyCallComesThroughTheProxy,
  lyncDesktop,
  peersAreAnswered,
  peersEndWell,
  scenario,
  sipRoom,
  tcpRoom,
  wrtc,
} from '@plugfest/scenario';

export default scenario({
  title: 'Kamailio stands before the bridge',
  story:
    'A real Kamailio takes all calls, records its route and passes them on: a room over UDP, another over TCP, a Lync client over TLS and a WebRTC client over WebSocket, ' +
    'which Kamailio serves but cannot call with, so that it calls the bridge over TCP for it. SIPp’s own callers are not here: they leave the recorded route out of their BYE (RFC 3261 §12.2.1.1).',
  conference: { proxy: 'kamailio' },
  participants: {
    room: sipRoom({ name: 'Seminar room', uri: 'sip:seminar@conference.corp.example' }),
    studio: tcpRoom({ name: 'Studio (TCP)', uri: 'sip:studio@conference.corp.example' }),
    lara: lyncDesktop({ name: 'Lara (TLS)', uri: 'sip:lara@conference.corp.example' }),
    wanda: wrtc({ name: 'Wanda (WebSocket)', uri: 'sip:wanda@conference.corp.example' }),
  },
  peers: {
    options: { profile: 'sipsak-options-tcp' },
    register: { profile: 'sipsak-register' },
  },
  async steps({ everyone, peers, measure }) {
    await peers.options.runs();
    await peers.register.runs();
    await everyone.joins();
    await everyone.receivesMedia();
    await everyone.isShownToEveryone();
    await measure({ seconds: 4 });
    await everyone.hangsUp();
  },
  expects: [...aRealConference({ frameRate: 12 }), everyCallComesThroughTheProxy(), peersEndWell(), peersAreAnswered()],
});
