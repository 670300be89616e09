import type { Capabilities, CodecCapability } from './capabilities.ts';

const VIDEO_FEEDBACK = ['nack', 'nack pli', 'ccm fir', 'ccm tmmbr', 'goog-remb'] as const;

/** What we can do, a row a codec. A new codec is a row here (and, where its parameters decide, a rule in `codec-match.ts`). */
export const CODECS = Object.freeze({
  h264Mode1: row({
    name: 'h264',
    kind: 'video',
    encodingName: 'H264',
    clockRateHz: 90_000,
    payloadType: 97,
    fmtp: { 'profile-level-id': '42e01f', 'packetization-mode': '1', 'level-asymmetry-allowed': '1' },
    feedback: VIDEO_FEEDBACK,
  }),
  h264Mode0: row({
    name: 'h264',
    kind: 'video',
    encodingName: 'H264',
    clockRateHz: 90_000,
    payloadType: 98,
    fmtp: { 'profile-level-id': '42e01f', 'packetization-mode': '0', 'level-asymmetry-allowed': '1' },
    feedback: VIDEO_FEEDBACK,
  }),
  h264uc: row({
    name: 'x-h264uc',
    kind: 'video',
    encodingName: 'X-H264UC',
    clockRateHz: 90_000,
    payloadType: 122,
    fmtp: { 'packetization-mode': '1', 'mst-mode': 'NI-TC' },
    feedback: ['x-message app send:src,x-pli recv:src,x-pli'],
  }),
  vp8: row({
    name: 'vp8',
    kind: 'video',
    encodingName: 'VP8',
    clockRateHz: 90_000,
    payloadType: 96,
    feedback: VIDEO_FEEDBACK,
  }),
  vp9: row({
    name: 'vp9',
    kind: 'video',
    encodingName: 'VP9',
    clockRateHz: 90_000,
    payloadType: 100,
    fmtp: { 'profile-id': '0' },
    feedback: VIDEO_FEEDBACK,
  }),
  av1: row({
    name: 'av1',
    kind: 'video',
    encodingName: 'AV1',
    clockRateHz: 90_000,
    payloadType: 104,
    fmtp: { profile: '0', 'level-idx': '5', tier: '0' },
    feedback: VIDEO_FEEDBACK,
  }),
  h263: row({
    name: 'h263',
    kind: 'video',
    encodingName: 'H263-1998',
    clockRateHz: 90_000,
    payloadType: 115,
    fmtp: { CIF: '1', QCIF: '1' },
    feedback: VIDEO_FEEDBACK,
  }),
  opus: row({
    name: 'opus',
    kind: 'audio',
    encodingName: 'opus',
    clockRateHz: 48_000,
    channels: 2,
    payloadType: 111,
    // No useinbandfec: only who restores losses by it says so (the bridge: docs/decisions/0017).
    fmtp: { minptime: '10' },
  }),
  g722: row({ name: 'g722', kind: 'audio', encodingName: 'G722', clockRateHz: 8000, payloadType: 9 }),
  pcmu: row({ name: 'pcmu', kind: 'audio', encodingName: 'PCMU', clockRateHz: 8000, payloadType: 0 }),
  pcma: row({ name: 'pcma', kind: 'audio', encodingName: 'PCMA', clockRateHz: 8000, payloadType: 8 }),
  telephoneEvent: row({
    name: 'telephone-event',
    kind: 'audio',
    encodingName: 'telephone-event',
    clockRateHz: 8000,
    payloadType: 101,
    fmtp: { '0-15': '' },
  }),
  telephoneEvent48k: row({
    name: 'telephone-event',
    kind: 'audio',
    encodingName: 'telephone-event',
    clockRateHz: 48_000,
    payloadType: 110,
    fmtp: { '0-15': '' },
  }),
});

/** Everything, H.264 before VP8 before VP9 before AV1 before H.263, and Opus before G.722; change it with a spread: `{ ...FULL_CAPABILITIES, codecs: [...] }`. */
export const FULL_CAPABILITIES: Capabilities = Object.freeze({
  codecs: Object.freeze([
    CODECS.opus,
    CODECS.g722,
    CODECS.pcmu,
    CODECS.pcma,
    CODECS.telephoneEvent48k,
    CODECS.telephoneEvent,
    CODECS.h264Mode1,
    CODECS.h264Mode0,
    CODECS.h264uc,
    CODECS.vp8,
    CODECS.vp9,
    CODECS.av1,
    CODECS.h263,
  ]),
  preference: 'local',
  answerWith: 'one',
  profiles: Object.freeze([
    'RTP/AVP',
    'RTP/AVPF',
    'RTP/SAVP',
    'RTP/SAVPF',
    'UDP/TLS/RTP/SAVP',
    'UDP/TLS/RTP/SAVPF',
  ] as const),
  suites: Object.freeze(['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32', 'AEAD_AES_128_GCM'] as const),
  bestEffortCrypto: false,
  allowHostNames: false,
  rtcpMux: true,
  comfortNoise: true,
  rtx: true,
  bundle: true,
  transportCc: false,
});

type RowInput = Omit<CodecCapability, 'channels' | 'fmtp' | 'feedback'> &
  Partial<Pick<CodecCapability, 'channels' | 'fmtp' | 'feedback'>>;

function row(input: RowInput): CodecCapability {
  const feedback = Object.freeze([...(input.feedback ?? [])]);
  return Object.freeze({ channels: 1, ...input, fmtp: Object.freeze(input.fmtp ?? {}), feedback });
}
