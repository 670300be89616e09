import { chromium, sipRoom, wrtc } from '@plugfest/scenario';

/** A real Chromium, a SIP room of SIPp and ffmpeg, and libwebrtc: who is measured against the truth. */
export const CAST = {
  browser: chromium({ name: 'Chloé (Chromium)', uri: 'sip:chloe@conference.corp.example', look: 0 }),
  room: sipRoom({ name: 'Seminar room', uri: 'sip:seminar@conference.corp.example', look: 1 }),
  webrtc: wrtc({ name: 'Walter (wrtc)', uri: 'sip:walter@conference.corp.example', look: 2 }),
};
