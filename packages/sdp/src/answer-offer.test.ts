import { describe, expect, it } from 'vitest';
import { answerOffer } from './answer-offer.ts';
import { attribute, attributes } from './attribute.ts';
import type { Capabilities } from './capabilities.ts';
import { CODECS, FULL_CAPABILITIES } from './codec-table.ts';
import { formatSdp } from './format-sdp.ts';
import type { LocalSession } from './local-session.ts';
import { parseSdp } from './parse-sdp.ts';
import type { SessionDescription } from './session-description.ts';

const SDES = { key: new Uint8Array(16).fill(1), salt: new Uint8Array(14).fill(2) };
const FINGERPRINT = { algorithm: 'sha-256', value: Array.from({ length: 32 }, () => 'AB').join(':') };
const KEY_LINE = (salt: number): string => Buffer.alloc(30, salt).toString('base64');

const LOCAL: LocalSession = {
  origin: { sessionId: '1', sessionVersion: 1 },
  address: '127.0.0.1',
  media: [
    {
      kind: 'audio',
      rtpPort: 5000,
      ssrc: 11,
      cname: 'bridge',
      sdes: SDES,
      dtls: { fingerprint: FINGERPRINT },
      ice: { ufrag: 'uuuu', pwd: 'p'.repeat(24), candidates: [], lite: true },
    },
    {
      kind: 'video',
      rtpPort: 5002,
      ssrc: 12,
      cname: 'bridge',
      sdes: SDES,
      dtls: { fingerprint: FINGERPRINT },
      ice: { ufrag: 'vvvv', pwd: 'q'.repeat(24), candidates: [], lite: true },
    },
  ],
};

function offerOf(...media: string[]): SessionDescription {
  return parsed(
    `v=0\r\no=tandberg 7 1 IN IP4 127.0.0.9\r\ns=-\r\nc=IN IP4 127.0.0.9\r\nt=0 0\r\n${media.join('\r\n')}\r\n`,
  );
}

function parsed(text: string): SessionDescription {
  const result = parseSdp(text);
  if (!result.ok) throw new Error(result.error.text);
  return result.value;
}

function answered(offer: SessionDescription, capabilities: Capabilities = FULL_CAPABILITIES, local = LOCAL) {
  const result = answerOffer(offer, capabilities, local);
  if (!result.ok) throw new Error(result.error.warning);
  // What we say must be what we can read.
  expect(parsed(formatSdp(result.value.answer))).toEqual(result.value.answer);
  return result.value;
}

const ROOM = [
  'm=audio 16384 RTP/AVP 107 108 9 8 0 101',
  'b=TIAS:128000',
  'a=rtpmap:107 MP4A-LATM/90000',
  'a=fmtp:107 profile-level-id=25;object=23;bitrate=128000',
  'a=rtpmap:108 opus/48000/2',
  'a=rtpmap:9 G722/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  'm=video 16386 RTP/AVP 97 126',
  'b=TIAS:6000000',
  'a=rtpmap:97 H264/90000',
  'a=fmtp:97 packetization-mode=0;profile-level-id=428016;max-br=5000;max-mbps=245000;max-fs=9000',
  'a=rtpmap:126 H264/90000',
  'a=fmtp:126 packetization-mode=1;profile-level-id=428016;max-br=5000;max-mbps=245000;max-fs=9000',
  'a=rtcp-fb:* nack pli',
  'a=rtcp-fb:* ccm fir',
  'a=rtcp-fb:* ccm tmmbr',
  'a=content:main',
  'a=label:11',
  'm=application 5070 UDP/BFCP *',
  'a=setup:actpass',
  'a=confid:1',
  'a=floorid:2 mstrm:12',
  'm=video 16390 RTP/AVP 97',
  'a=rtpmap:97 H264/90000',
  'a=fmtp:97 packetization-mode=1;profile-level-id=428016',
  'a=content:slides',
  'a=label:12',
  'm=application 16392 RTP/AVP 100',
  'a=rtpmap:100 H224/4800',
  'm=application 16394 UDP/UDT/IX *',
  'a=ixmap:0 ping',
];

describe('a TelePresence room (RTP/AVP)', () => {
  it('gets Opus and H.264 mode 1 with its payload types, and port 0 in place for what we do not have', () => {
    const { answer, media, rejected } = answered(offerOf(...ROOM));
    expect(answer.media.map(({ kind, port, protocol }) => `${kind} ${port} ${protocol}`)).toEqual([
      'audio 5000 RTP/AVP',
      'video 5002 RTP/AVP',
      'application 0 UDP/BFCP',
      'video 0 RTP/AVP',
      'application 0 RTP/AVP',
      'application 0 UDP/UDT/IX',
    ]);
    expect(rejected.map(({ reason }) => reason)).toEqual(Array(4).fill('no-local-media'));
    const [audio, video] = media;
    expect(audio?.codec).toMatchObject({ name: 'opus', payloadType: 108, receivePayloadType: 108, channels: 2 });
    expect(audio?.telephoneEvent).toMatchObject({ payloadType: 101, clockRateHz: 8000 });
    expect(video?.codec).toMatchObject({ name: 'h264', payloadType: 126 });
    expect(video?.codec.h264).toMatchObject({ packetizationMode: 1, profile: 'baseline', sendLevel: 22 });
    expect(video?.codec.h264?.maxFrameSizeMacroblocks).toBe(9000);
    expect(video?.codec.h264?.maxBitrateBps).toBe(5_000_000);
    expect(video?.feedback).toMatchObject({ pli: true, fir: true, nack: false });
    expect(video?.bandwidthBps).toBe(6_000_000);
    expect(video?.remote).toEqual({ address: '127.0.0.9', rtpPort: 16386, rtcpPort: 16387 });
    expect(video?.ice).toBeUndefined();
  });

  it("keeps the offered profile, at the lower level where asymmetry is not allowed, and says only the room's feedback", () => {
    const video = answered(offerOf(...ROOM)).answer.media[1];
    expect(video && attribute(video, 'fmtp')).toBe('126 profile-level-id=428016;packetization-mode=1');
    expect(video && attributes(video, 'rtcp-fb')).toEqual(['126 nack pli', '126 ccm fir', '126 ccm tmmbr']);
    expect(video && attribute(video, 'crypto')).toBeUndefined();
    expect(video && attribute(video, 'ssrc')).toBe('12 cname:bridge');
  });

  it('takes the first of the offer where the offerer is preferred, H.264 mode 0 here', () => {
    const { media } = answered(offerOf(...ROOM), { ...FULL_CAPABILITIES, preference: 'offerer' });
    expect(media[0]?.codec.payloadType).toBe(108);
    expect(media[1]?.codec).toMatchObject({ payloadType: 97, h264: { packetizationMode: 0 } });
  });

  it('names every common codec where asked to', () => {
    const { answer } = answered(offerOf(...ROOM), { ...FULL_CAPABILITIES, answerWith: 'all' });
    expect(answer.media[0]?.formats).toEqual(['108', '9', '0', '8', '101']);
    expect(answer.media[1]?.formats).toEqual(['126', '97']);
  });

  it('pairs slides with a local stream of that content', () => {
    const slides = { kind: 'video' as const, rtpPort: 5004, content: 'slides', label: '12' };
    const { media } = answered(offerOf(...ROOM), FULL_CAPABILITIES, { ...LOCAL, media: [slides, ...LOCAL.media] });
    expect(media.map(({ index, content }) => [index, content])).toEqual([
      [0, undefined],
      [1, 'main'],
      [3, 'slides'],
    ]);
  });
});

const LYNC_CRYPTO = [
  `a=cryptoscale:1 client AES_CM_128_HMAC_SHA1_80 inline:${KEY_LINE(1)}|2^31|1:1`,
  `a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:${KEY_LINE(2)}|2^31|1:1`,
  `a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:${KEY_LINE(3)}|2^31`,
];
const LYNC = [
  'm=audio 20000 RTP/SAVP 117 114 104 9 112 111 0 8 116 115 103 97 13 118 101',
  'a=x-ssrc-range:1-1',
  'a=rtcp-fb:* x-message app send:dsh recv:dsh',
  'a=rtcp-rsize',
  'a=label:main-audio',
  'a=ice-ufrag:abcd',
  `a=ice-pwd:${'z'.repeat(24)}`,
  'a=candidate:1 1 UDP 2130706431 127.0.0.9 20000 typ host ',
  'a=candidate:1 2 UDP 2130705918 127.0.0.9 20001 typ host ',
  'a=candidate:4 1 TCP-ACT 1684797951 127.0.0.9 20004 typ srflx raddr 127.0.0.8 rport 20004 ',
  ...LYNC_CRYPTO,
  'a=rtpmap:117 G722/8000/2',
  'a=rtpmap:114 x-msrta/16000',
  'a=fmtp:114 bitrate=29000',
  'a=rtpmap:104 SILK/16000',
  'a=rtpmap:112 G7221/16000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-16',
  'a=rtpmap:118 CN/16000',
  'm=video 20010 RTP/SAVP 122 121 123',
  'a=x-ssrc-range:1330447913-1330448012',
  'a=rtcp-fb:* x-message app send:src,x-pli recv:src,x-pli',
  'a=label:main-video',
  ...LYNC_CRYPTO,
  'a=rtpmap:122 X-H264UC/90000',
  'a=fmtp:122 packetization-mode=1;mst-mode=NI-TC',
  'a=rtpmap:121 x-rtvc1/90000',
  'a=x-caps:121 263:1920:1080:30.0:2000000:1',
  'a=rtpmap:123 x-ulpfecuc/90000',
];
const lyncLocal = { ...LOCAL, media: LOCAL.media.map(({ ice: _, dtls: __, ...rest }) => rest) };

describe('Lync 2013 (RTP/SAVP)', () => {
  const { answer, media } = answered(offerOf(...LYNC), FULL_CAPABILITIES, lyncLocal);

  it('gets mono G.722 by its static type, X-H264UC, and PLI by its own name', () => {
    expect(media[0]?.codec).toMatchObject({ name: 'g722', payloadType: 9, clockRateHz: 8000, channels: 1 });
    expect(media[1]?.codec).toMatchObject({ name: 'x-h264uc', payloadType: 122, h264: { packetizationMode: 1 } });
    expect(media[1]?.feedback.pli).toBe(true);
    expect(answer.media[1] && attribute(answer.media[1], 'fmtp')).toBe('122 packetization-mode=1;mst-mode=NI-TC');
    expect(media[1]?.label).toBe('main-video');
  });

  it('chooses the key line without MKI and answers with its tag and lifetime', () => {
    expect(media[0]?.crypto?.remote).toMatchObject({ tag: 3, mki: undefined, lifetimePackets: 2n ** 31n });
    expect(media[0]?.crypto?.remote.key).toEqual(new Uint8Array(16).fill(3));
    const ours = Buffer.concat([SDES.key, SDES.salt]).toString('base64');
    expect(answer.media[0] && attributes(answer.media[0], 'crypto')).toEqual([
      `3 AES_CM_128_HMAC_SHA1_80 inline:${ours}|2^31`,
    ]);
  });

  it('takes a key with MKI where there is no other, and answers with one', () => {
    const onlyMki = LYNC.filter((line) => !line.startsWith('a=crypto:3'));
    const { media } = answered(offerOf(...onlyMki), FULL_CAPABILITIES, lyncLocal);
    expect(media[0]?.crypto?.remote.mki).toEqual({ value: 1, lengthBytes: 1 });
    expect(media[0]?.crypto?.local.mki).toEqual({ value: 1, lengthBytes: 1 });
  });

  it('is refused with 488 where no key can be used', () => {
    const bad = LYNC.map((line) =>
      line.startsWith('a=crypto') ? 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:short' : line,
    );
    const result = answerOffer(offerOf(...bad), FULL_CAPABILITIES, lyncLocal);
    expect(result).toMatchObject({ ok: false, error: { statusCode: 488, code: 'no-usable-key' } });
  });
});

const BROWSER_TRANSPORT = [
  'a=ice-ufrag:QwEr',
  `a=ice-pwd:${'y'.repeat(24)}`,
  'a=ice-options:trickle',
  `a=fingerprint:sha-256 ${FINGERPRINT.value}`,
  'a=setup:actpass',
  'a=rtcp-mux',
];
const BROWSER = [
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126',
  'c=IN IP4 0.0.0.0',
  'a=rtcp:9 IN IP4 0.0.0.0',
  ...BROWSER_TRANSPORT,
  'a=candidate:1 1 udp 2122260223 127.0.0.1 50000 typ host generation 0',
  'a=mid:0',
  'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'a=sendrecv',
  'a=msid:s a',
  'a=rtpmap:111 opus/48000/2',
  'a=rtcp-fb:111 transport-cc',
  'a=fmtp:111 minptime=10;useinbandfec=1',
  'a=rtpmap:63 red/48000/2',
  'a=fmtp:63 111/111',
  'a=rtpmap:110 telephone-event/48000',
  'a=rtpmap:126 telephone-event/8000',
  'a=ssrc:1234 cname:x',
  'm=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 104 106 107 108 39',
  'c=IN IP4 0.0.0.0',
  ...BROWSER_TRANSPORT,
  'a=mid:1',
  'a=sendrecv',
  'a=rtpmap:96 VP8/90000',
  'a=rtcp-fb:96 goog-remb',
  'a=rtcp-fb:96 nack',
  'a=rtcp-fb:96 nack pli',
  'a=rtcp-fb:96 ccm fir',
  'a=rtpmap:97 rtx/90000',
  'a=fmtp:97 apt=96',
  'a=rtpmap:102 H264/90000',
  'a=rtcp-fb:102 nack pli',
  'a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f',
  'a=rtpmap:103 rtx/90000',
  'a=fmtp:103 apt=102',
  'a=rtpmap:104 H264/90000',
  'a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42001f',
  'a=rtpmap:106 H264/90000',
  'a=rtcp-fb:106 nack pli',
  'a=fmtp:106 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
  'a=rtpmap:107 rtx/90000',
  'a=rtpmap:108 H264/90000',
  'a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=f4001f',
  'a=ssrc-group:FID 77 78',
  'a=ssrc:77 cname:x',
];
const browserOffer = parsed(
  `v=0\r\no=- 46117 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\na=msid-semantic: WMS s\r\n${BROWSER.join('\r\n')}\r\n`,
);

describe('a browser (UDP/TLS/RTP/SAVPF)', () => {
  it('gets one bundled, multiplexed transport, the constrained baseline row, and no rtx or header extension', () => {
    const { answer, media } = answered(browserOffer);
    expect(attribute(answer, 'group')).toBe('BUNDLE 0 1');
    expect(attribute(answer, 'ice-lite')).toBe('');
    expect(answer.media.map(({ port }) => port)).toEqual([5000, 5000]);
    expect(answer.media.map(({ formats }) => formats)).toEqual([['111', '110'], ['106']]);
    expect(formatSdp(answer)).not.toMatch(/extmap|rtx|crypto/);
    expect(media.map(({ transportIndex, rtcpMux }) => [transportIndex, rtcpMux])).toEqual([
      [0, true],
      [0, true],
    ]);
    expect(media[0]).toMatchObject({ direction: 'sendrecv', ssrc: 1234, ice: { ufrag: 'QwEr' } });
    expect(media[0]?.ice?.candidates).toHaveLength(1);
    expect(media[0]?.telephoneEvent).toMatchObject({ payloadType: 110, clockRateHz: 48_000 });
    expect(media[1]?.dtls).toMatchObject({ setup: 'actpass', localSetup: 'passive', fingerprint: FINGERPRINT });
    expect(answer.media[1] && attribute(answer.media[1], 'setup')).toBe('passive');
    expect(answer.media[1] && attribute(answer.media[1], 'ice-ufrag')).toBe('uuuu');
  });

  it('gets VP8 where we put it first, with the feedback that it says', () => {
    const { media } = answered(browserOffer, { ...FULL_CAPABILITIES, codecs: [CODECS.opus, CODECS.vp8] });
    expect(media[1]?.codec).toMatchObject({ name: 'vp8', payloadType: 96 });
    expect(media[1]?.feedback).toEqual({
      pli: true,
      fir: true,
      tmmbr: false,
      nack: true,
      remb: true,
      transportCc: false,
      videoSource: false,
    });
  });

  it('is answered m-line by m-line where only video is taken: the bundle begins there', () => {
    const { answer, media } = answered(browserOffer, FULL_CAPABILITIES, { ...LOCAL, media: LOCAL.media.slice(1) });
    expect(answer.media.map(({ port }) => port)).toEqual([0, 5002]);
    expect(attribute(answer, 'group')).toBe('BUNDLE 1');
    expect(media[0]?.transportIndex).toBe(1);
  });
});

describe('plain phones (RTP/AVP)', () => {
  it('are served by static payload types without rtpmap', () => {
    const { media } = answered(offerOf('m=audio 6000 RTP/AVP 8 0 101', 'a=rtpmap:101 telephone-event/8000'));
    expect(media[0]?.codec).toMatchObject({ name: 'pcmu', payloadType: 0 });
  });

  it.each([
    ['sendonly', 'a=sendonly', 'recvonly'],
    ['recvonly', 'a=recvonly', 'sendonly'],
    ['inactive', 'a=inactive', 'inactive'],
    ['an unspecified address', 'c=IN IP4 0.0.0.0', 'recvonly'],
    ['an unspecified IPv6 address', 'c=IN IP6 ::', 'recvonly'],
  ])('on hold by %s', (_, line, direction) => {
    const { answer, media } = answered(offerOf('m=audio 6000 RTP/AVP 0', line));
    expect(media[0]?.direction).toBe(direction);
    expect(answer.media[0] && attribute(answer.media[0], direction)).toBe('');
  });

  it.each([
    ['a host name', 'c=IN IP4 evil.example', 'address-is-a-name'],
    ['a multicast address', 'c=IN IP4 239.1.1.1/127', 'address-is-multicast'],
  ])('are refused at %s: nothing is resolved or sent', (_, line, code) => {
    const result = answerOffer(offerOf('m=audio 6000 RTP/AVP 0', line), FULL_CAPABILITIES, LOCAL);
    expect(result).toMatchObject({ ok: false, error: { code } });
  });

  it('are refused with 488 where no codec is common, and not where all is switched off', () => {
    const none = answerOffer(offerOf('m=audio 6000 RTP/AVP 18'), FULL_CAPABILITIES, LOCAL);
    expect(none).toMatchObject({ ok: false, error: { statusCode: 488, warning: '305 "Incompatible media format"' } });
    expect(answered(offerOf('m=audio 0 RTP/AVP 0')).answer.media[0]?.port).toBe(0);
  });

  it('may key best effort where we allow it', () => {
    const offer = offerOf('m=audio 6000 RTP/AVP 0', LYNC_CRYPTO[2] as string);
    expect(answered(offer).media[0]?.crypto).toBeUndefined();
    expect(answered(offer, { ...FULL_CAPABILITIES, bestEffortCrypto: true }).media[0]?.crypto?.remote.tag).toBe(3);
  });

  it('of RTCP elsewhere', () => {
    const { media } = answered(offerOf('m=audio 6000 RTP/AVP 0', 'a=rtcp:7001'));
    expect(media[0]?.remote.rtcpPort).toBe(7001);
  });
});

describe('codecs by meaning', () => {
  it.each([
    ['without packetization-mode is mode 0', '', 0],
    ['of five digits', 'profile-level-id=4280D;packetization-mode=1', 1],
    ['of spaces and case', 'Profile-Level-Id=42E01F; packetization-mode=1', 1],
  ])('H.264 %s', (_, fmtp, mode) => {
    const { media } = answered(offerOf('m=video 6000 RTP/AVP 99', 'a=rtpmap:99 h264/90000', `a=fmtp:99 ${fmtp}`));
    expect(media[0]?.codec.h264?.packetizationMode).toBe(mode);
  });

  it.each(['packetization-mode=2', 'packetization-mode=1;profile-level-id=f4001f', 'profile-level-id=zz'])(
    'H.264 %s is refused',
    (fmtp) => {
      const offer = offerOf('m=video 6000 RTP/AVP 99', 'a=rtpmap:99 H264/90000', `a=fmtp:99 ${fmtp}`);
      expect(answerOffer(offer, FULL_CAPABILITIES, LOCAL).ok).toBe(false);
    },
  );

  it('our level where both allow asymmetry, the lower where one does not', () => {
    const level = (asymmetry: string): string | undefined => {
      const fmtp = `a=fmtp:99 profile-level-id=42800d;packetization-mode=1${asymmetry}`;
      const [media] = answered(offerOf('m=video 6000 RTP/AVP 99', 'a=rtpmap:99 H264/90000', fmtp)).answer.media;
      return media && /profile-level-id=(\w+)/.exec(attribute(media, 'fmtp') ?? '')?.[1];
    };
    expect(level(';level-asymmetry-allowed=1')).toBe('42801f');
    expect(level('')).toBe('42800d');
  });

  it('opus that is not /2 is not Opus', () => {
    const offer = offerOf('m=audio 6000 RTP/AVP 99', 'a=rtpmap:99 opus/48000/1');
    expect(answerOffer(offer, FULL_CAPABILITIES, LOCAL).ok).toBe(false);
  });
});
