import type { MediaSection } from '@plugfest/probe';

/** Opus as 111, telephone-event at its clock as 110 and at 8 kHz as 101. */
export const OPUS_WITH_EVENTS: MediaSection = [
  'audio RTP/AVP 111 101 110',
  ...['a=rtpmap:111 opus/48000/2', 'a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-15'],
  ...['a=rtpmap:110 telephone-event/48000', 'a=fmtp:110 0-15'],
];
