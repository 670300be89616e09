import { describe, expect, it } from 'vitest';
import { answerOffer } from './answer-offer.ts';
import { applyAnswer } from './apply-answer.ts';
import { attributes } from './attribute.ts';
import { FULL_CAPABILITIES } from './codec-table.ts';
import { createOffer } from './create-offer.ts';
import { formatSdp } from './format-sdp.ts';
import type { LocalMedia, LocalSession } from './local-session.ts';
import { parseSdp } from './parse-sdp.ts';
import type { RtpProfile, SessionDescription } from './session-description.ts';

const FINGERPRINT = { algorithm: 'sha-256', value: Array.from({ length: 32 }, () => 'CD').join(':') };

function side(name: string, profile: RtpProfile, port: number): LocalSession {
  const seed = name.charCodeAt(0);
  const isDtls = profile.startsWith('UDP/TLS');
  const media = (kind: 'audio' | 'video', rtpPort: number, mid: string): LocalMedia => ({
    kind,
    rtpPort,
    profile,
    mid: isDtls ? mid : undefined,
    ssrc: seed + rtpPort,
    sdes: { key: new Uint8Array(16).fill(seed), salt: new Uint8Array(14).fill(rtpPort) },
    ...(isDtls && {
      dtls: { fingerprint: FINGERPRINT },
      ice: {
        ufrag: `${name}${name}${name}${name}`,
        pwd: name.repeat(24),
        candidates: [
          { foundation: '1', component: 1, transport: 'udp', priority: 1, address: '127.0.0.1', port, type: 'host' },
        ],
      },
    }),
  });
  const origin = { sessionId: '1', sessionVersion: 1 };
  const videoPort = isDtls ? port : port + 2;
  return { origin, address: '127.0.0.1', media: [media('audio', port, '0'), media('video', videoPort, '1')] };
}

function reread(description: SessionDescription): SessionDescription {
  const result = parseSdp(formatSdp(description));
  if (!result.ok) throw new Error(result.error.text);
  return result.value;
}

describe('an offer of ours and the answer to it', () => {
  it.each<RtpProfile>(['RTP/AVP', 'RTP/AVPF', 'RTP/SAVP', 'RTP/SAVPF', 'UDP/TLS/RTP/SAVPF'])(
    'agree on both sides under %s',
    (profile) => {
      const offer = reread(createOffer(FULL_CAPABILITIES, side('a', profile, 5000)));
      const answered = answerOffer(offer, FULL_CAPABILITIES, side('b', profile, 6000));
      if (!answered.ok) throw new Error(answered.error.warning);
      const ours = applyAnswer(offer, reread(answered.value.answer), FULL_CAPABILITIES);
      if (!ours.ok) throw new Error(ours.error.code);
      expect(ours.value).toHaveLength(2);
      for (const [index, mine] of ours.value.entries()) {
        const theirs = answered.value.media[index];
        expect(mine.codec.name).toBe(theirs?.codec.name);
        expect(mine.codec.payloadType).toBe(theirs?.codec.receivePayloadType);
        expect(mine.crypto?.local.key).toEqual(theirs?.crypto?.remote.key);
        expect(mine.crypto?.remote).toEqual(theirs?.crypto?.local);
        expect(mine.rtcpMux).toBe(theirs?.rtcpMux);
        expect(mine.transportIndex).toBe(theirs?.transportIndex);
        expect(mine.feedback.pli).toBe(mine.kind === 'video');
      }
      const isSecure = profile.includes('SAVP');
      expect(ours.value[0]?.crypto !== undefined || ours.value[0]?.dtls !== undefined).toBe(isSecure);
      if (profile.startsWith('UDP/TLS')) {
        expect(ours.value[1]).toMatchObject({ transportIndex: 0, remote: { rtpPort: 6000 }, ice: { ufrag: 'bbbb' } });
        expect(ours.value[0]?.dtls).toMatchObject({ setup: 'passive', localSetup: 'active' });
      }
    },
  );

  const offer = createOffer(FULL_CAPABILITIES, side('a', 'RTP/AVP', 5000));
  const answer = (...media: string[]): SessionDescription => {
    const text = `v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\n${media.join('\r\n')}\r\n`;
    const result = parseSdp(text);
    if (!result.ok) throw new Error(result.error.text);
    return result.value;
  };
  const audio = ['m=audio 7000 RTP/AVP 0'];

  it('names everything that we can do, each codec by a number of its own', () => {
    expect(offer.media[0]?.formats).toEqual(['111', '9', '0', '8', '110', '101']);
    expect(offer.media[1]?.formats).toEqual(['97', '98', '122', '96', '100', '104', '115']);
    expect(attributes(offer.media[1] as never, 'rtpmap')).toContain('98 H264/90000');
  });

  it('payload types of the answer are the ones to send, ours the ones to expect', () => {
    const video = [
      'm=video 7002 RTP/AVP 120',
      'a=rtpmap:120 H264/90000',
      'a=fmtp:120 profile-level-id=42e01f;packetization-mode=1',
    ];
    const agreed = applyAnswer(offer, answer(...audio, ...video), FULL_CAPABILITIES);
    expect(agreed.ok && agreed.value[1]?.codec).toMatchObject({ payloadType: 120, receivePayloadType: 97 });
  });

  it('H.264 answered without a mode is mode 0', () => {
    const video = ['m=video 7002 RTP/AVP 97', 'a=rtpmap:97 H264/90000', 'a=fmtp:97 profile-level-id=42801f'];
    const agreed = applyAnswer(offer, answer(...audio, ...video), FULL_CAPABILITIES);
    expect(agreed.ok && agreed.value[1]?.codec.h264?.packetizationMode).toBe(0);
  });

  it('an m-line at port 0 is left out; a codec that was not offered is passed over', () => {
    const agreed = applyAnswer(offer, answer('m=audio 7000 RTP/AVP 18 0', 'm=video 0 RTP/AVP 97'), FULL_CAPABILITIES);
    expect(agreed.ok && agreed.value.map(({ codec }) => codec.name)).toEqual(['pcmu']);
  });

  it.each([
    ['too few m-lines', audio, 'media-count-mismatch'],
    ['m-lines out of order', ['m=video 7002 RTP/AVP 97', ...audio], 'media-kind-mismatch'],
    ['nothing taken', ['m=audio 0 RTP/AVP 0', 'm=video 0 RTP/AVP 97'], 'nothing-agreed'],
    ['another profile', ['m=audio 7000 RTP/SAVP 0', 'm=video 0 RTP/AVP 97'], 'nothing-agreed'],
  ])('%s is a fault', (_, media, code) => {
    expect(applyAnswer(offer, answer(...media), FULL_CAPABILITIES)).toMatchObject({ ok: false, error: { code } });
  });

  it('a key whose tag was not offered is no key', () => {
    const secure = createOffer(FULL_CAPABILITIES, {
      ...side('a', 'RTP/SAVP', 5000),
      media: [side('a', 'RTP/SAVP', 5000).media[0] as LocalMedia],
    });
    const key = Buffer.alloc(30, 9).toString('base64');
    const withTag = (tag: number): SessionDescription =>
      answer('m=audio 7000 RTP/SAVP 0', `a=crypto:${tag} AES_CM_128_HMAC_SHA1_80 inline:${key}`);
    expect(applyAnswer(secure, withTag(1), FULL_CAPABILITIES).ok).toBe(true);
    expect(applyAnswer(secure, withTag(7), FULL_CAPABILITIES).ok).toBe(false);
  });

  it('a profile that needs keys which are not there is our own bug', () => {
    const media = [{ kind: 'audio' as const, rtpPort: 5000, profile: 'RTP/SAVP' as const }];
    expect(() => createOffer(FULL_CAPABILITIES, { ...side('a', 'RTP/AVP', 5000), media })).toThrow(RangeError);
  });
});
