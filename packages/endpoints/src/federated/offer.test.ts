import { randomBytes } from 'node:crypto';
import { seededRandom } from '@plugfest/model';
import { answerOffer, applyAnswer, attribute, FULL_CAPABILITIES, formatSdp, parseSdp } from '@plugfest/sdp';
import { bodyParts } from '@plugfest/sip';
import { describe, expect, it } from 'vitest';
import { formatOffer, formatOfferBody } from './offer.ts';
import { FEDERATED_PROFILES, type FederatedProfile } from './profile.ts';

const sdesKey = (): string => randomBytes(30).toString('base64');
const OPTIONS = {
  address: '127.0.0.1',
  sessionId: 42,
  audio: { rtpPort: 20_000, rtcpPort: 20_001, ssrc: 1000, sdesKey: sdesKey() },
  video: { rtpPort: 20_002, rtcpPort: 20_003, ssrc: 2000, sdesKey: sdesKey() },
};
const PROFILES = Object.entries(FEDERATED_PROFILES);

function profileOf(name: string): FederatedProfile {
  const profile = FEDERATED_PROFILES[name];
  if (!profile) throw new Error(`no profile ${name}`);
  return profile;
}

describe.each(PROFILES)('the offer of %s', (_, profile) => {
  const text = formatOffer(profile, OPTIONS);

  it('has its lines in the order of RFC 8866, each with a value', () => {
    const lines = text.split('\r\n');
    expect(lines.pop()).toBe('');
    for (const line of lines) expect(line).toMatch(/^[a-z]=\S/);
    const sections = text.split(/^(?=m=)/m).map((section) => section.replace(/^(.)=.*\r\n/gm, '$1'));
    expect(sections[0]).toMatch(/^vosc?b*ta*$/);
    expect(sections.slice(1)).toHaveLength(2);
    for (const section of sections.slice(1)) expect(section).toMatch(/^mc?b*a+$/);
  });

  it('says its session, its keys and where it listens', () => {
    const parsed = parseSdp(text);
    if (!parsed.ok) throw new Error(parsed.error.code);
    const { origin, bandwidths, media } = parsed.value;
    expect(origin).toMatchObject({ sessionId: '42', address: '127.0.0.1' });
    expect(bandwidths).toEqual([{ type: 'CT', value: profile.sessionBandwidthKbps }]);
    for (const [i, kind] of (['audio', 'video'] as const).entries()) {
      const section = media[i];
      expect(section).toMatchObject({ kind, port: OPTIONS[kind].rtpPort, protocol: 'RTP/SAVP' });
      const said = { attributes: section?.attributes ?? [] };
      const rtcpPort = profile.rtcpMux ? OPTIONS[kind].rtpPort : OPTIONS[kind].rtcpPort;
      expect(attribute(said, 'rtcp')).toBe(String(rtcpPort));
      expect(attribute(said, 'crypto')).toContain(`inline:${OPTIONS[kind].sdesKey}|2^31`);
      const last = OPTIONS[kind].ssrc + (kind === 'video' ? profile.videoSsrcs : 1) - 1;
      expect(attribute(said, 'x-ssrc-range')).toBe(`${OPTIONS[kind].ssrc}-${last}`);
    }
  });

  it('can be answered: both media come about, secured, with codecs that the client plays', () => {
    const offer = parseSdp(text);
    if (!offer.ok) throw new Error(offer.error.code);
    const local = (kind: 'audio' | 'video') =>
      ({ kind, rtpPort: 30_000, sdes: { key: randomBytes(16), salt: randomBytes(14) } }) as const;
    const answered = answerOffer(offer.value, FULL_CAPABILITIES, {
      origin: { sessionId: '1', sessionVersion: 1 },
      address: '127.0.0.2',
      media: [local('audio'), local('video')],
    });
    if (!answered.ok) throw new Error(answered.error.code);
    const answer = parseSdp(formatSdp(answered.value.answer));
    const agreed = answer.ok ? applyAnswer(offer.value, answer.value, FULL_CAPABILITIES) : answer;
    if (!agreed.ok) throw new Error(agreed.error.code);
    expect(agreed.value.map(({ kind }) => kind)).toEqual(['audio', 'video']);
    for (const { kind, codec, crypto, rtcpMux } of agreed.value) {
      const rows = kind === 'audio' ? profile.audio : profile.video;
      const row = rows.find(({ payloadType }) => payloadType === codec.receivePayloadType);
      expect(row?.plays).toBe(kind === 'audio' ? codec.name : 'h264');
      const ours = Buffer.concat([crypto?.local.key ?? Buffer.of(), crypto?.local.salt ?? Buffer.of()]);
      expect(ours.toString('base64')).toBe(OPTIONS[kind === 'audio' ? 'audio' : 'video'].sdesKey);
      expect(rtcpMux).toBe(profile.rtcpMux);
    }
  });
});

describe('the body of an offer', () => {
  const sdp = 'v=0\r\ns=-\r\n';
  const partsOf = (name: string) => {
    const { contentType, body } = formatOfferBody(profileOf(name), sdp, seededRandom(3));
    const headers = [{ name: 'Content-Type', value: contentType }];
    return { contentType, parts: bodyParts({ headers, body: Buffer.from(body, 'latin1') }) };
  };

  it('of Lync on a desktop is twice the description, the fallback for 2007 first', () => {
    const { contentType, parts } = partsOf('lync-2013-desktop');
    expect(contentType).toMatch(/^multipart\/alternative;boundary="----=_NextPart_[^"]{1,56}"$/);
    expect(parts.map(({ contentType: type, body }) => [type, Buffer.from(body).toString()])).toEqual([
      ['application/sdp', sdp],
      ['application/sdp', sdp],
    ]);
    const dispositions = parts.map(({ headers }) => headers.find(({ name }) => name === 'Content-Disposition')?.value);
    expect(dispositions).toEqual(['session; handling=optional; ms-proxy-2007fallback', 'session; handling=optional']);
    const ids = parts.map(({ headers }) => headers.find(({ name }) => name === 'Content-ID')?.value);
    expect(new Set(ids).size).toBe(2);
  });

  it.each(['lync-mobile', 'skype-desktop'])('of %s is the description', (name) => {
    expect(partsOf(name)).toMatchObject({
      contentType: 'application/sdp',
      parts: [{ contentType: 'application/sdp' }],
    });
  });
});
