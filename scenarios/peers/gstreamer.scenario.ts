import { aRealConference, gstreamer, scenario, sipRoom } from '@plugfest/scenario';

export default scenario({
  title: 'GStreamer’s webrtcbin and a SIP room meet',
  story:
    'A WebRTC that is not libwebrtc: its ICE, DTLS, SRTP and jitter buffer are GStreamer’s; it calls the bridge by SIP over WebSocket, and what it decodes is measured.',
  participants: {
    gustav: gstreamer({ name: 'Gustav (GStreamer)', uri: 'sip:gustav@conference.corp.example', look: 1 }),
    room: sipRoom({ name: 'Seminar room', uri: 'sip:seminar@conference.corp.example', look: 0 }),
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
