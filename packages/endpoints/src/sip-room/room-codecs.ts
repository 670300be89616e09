import type { RoomCodec } from './room-profile.ts';

/** Rows that more than one room has. */
export const OPUS: RoomCodec = { payloadType: 114, rtpmap: 'opus/48000/2', needsEncoder: 'libopus' };
export const G722: RoomCodec = { payloadType: 9, rtpmap: 'G722/8000' };
export const PCMU: RoomCodec = { payloadType: 0, rtpmap: 'PCMU/8000' };
export const PCMA: RoomCodec = { payloadType: 8, rtpmap: 'PCMA/8000' };
export const TELEPHONE_EVENT: RoomCodec = { payloadType: 101, rtpmap: 'telephone-event/8000', fmtp: '0-15' };
