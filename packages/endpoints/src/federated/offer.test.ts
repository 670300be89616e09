import { randomBytes } from 'node:crypto';
import { seededRandom } from '@plugfest/model';
import {
  answerOffer,
  applyAnswer,
  attribute,
  attributes,
  FULL_CAPABILITIES,
  formatSdp,
  parseCandidate,
  parseSdp,
} from '@plugfest/sdp';
import { bodyParts } from '@plugfest/sip';
import { describe, expect, it } from 'vitest';
import { iceCredentials, placesIn, withIce } from './ice-part.ts';
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
      const keys = said.attributes.filter(({ name }) => name.startsWith('crypto'));
      expect(keys).toHaveLength(profile.keys.length);
      for (const { value } of keys) expect(value).toContain(`inline:${OPTIONS[kind].sdesKey}|2^31`);
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
    const { contentType, body } = formatOfferBody(profileOf(name), sdp, { random: seededRandom(3), credentials: [] });
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

describe('the offer of Lync 2013 on a desktop', () => {
  const profile = profileOf('lync-2013-desktop');
  const random = seededRandom(5);
  const credentials = [iceCredentials(random), iceCredentials(random)];
  const sdp = formatOffer(profile, OPTIONS);
  const { contentType, body } = formatOfferBody(profile, sdp, { random, credentials });
  const headers = [{ name: 'Content-Type', value: contentType }];
  const [older = '', newer = ''] = bodyParts({ headers, body: Buffer.from(body, 'latin1') }).map((part) =>
    Buffer.from(part.body).toString('latin1'),
  );

  it('has its codecs in their order', () => {
    expect(newer).toContain('m=audio 20000 RTP/SAVP 117 114 104 9 112 111 0 8 116 115 103 97 13 118 101\r\n');
    expect(newer).toContain('m=video 20002 RTP/SAVP 122 121 123\r\n');
    expect(newer).toContain('a=fmtp:122 packetization-mode=1;mst-mode=NI-TC\r\n');
    expect(newer).not.toContain('sprop-parameter-sets');
  });

  it('has a key in the scale’s attribute, with an identifier and without', () => {
    const audio = newer.split('m=video')[0] ?? '';
    const lines = audio.split('\r\n').filter((line) => line.startsWith('a=crypto'));
    const inline = `AES_CM_128_HMAC_SHA1_80 inline:${OPTIONS.audio.sdesKey}|2^31`;
    expect(lines).toEqual([`a=cryptoscale:1 client ${inline}|1:1`, `a=crypto:2 ${inline}|1:1`, `a=crypto:3 ${inline}`]);
  });

  it('has ICE as v19 has it, each candidate with a space at its end', () => {
    const lines = newer.split('\r\n').filter((line) => /^a=(x-)?candidate/.test(line));
    expect(lines.every((line) => line.endsWith(' '))).toBe(true);
    expect(lines).toHaveLength(12);
    expect(lines[0]).toBe('a=candidate:1 1 UDP 2130706431 127.0.0.1 20000 typ host ');
    expect(lines[1]).toBe('a=candidate:1 2 UDP 2130705918 127.0.0.1 20001 typ host ');
    expect(newer.match(/^a=ice-ufrag:\w{4}\r\na=ice-pwd:\w{24}\r$/gm)).toHaveLength(2);
    const parsed = parseSdp(newer);
    const values = parsed.ok ? attributes(parsed.value.media[0] ?? { attributes: [] }, 'candidate') : [];
    expect(values.map((value) => parseCandidate(value)?.transport)).toEqual(['udp', 'udp', 'tcp-act', 'tcp-act']);
  });

  it('has ICE of draft 6 in the fallback, which nobody takes for candidates of today', () => {
    const lines = older.split('\r\n').filter((line) => line.startsWith('a=candidate:'));
    expect(lines).toHaveLength(4);
    for (const line of lines) expect(line).toMatch(/^a=candidate:\w{32} [12] \w{20} UDP 0\.830 127\.0\.0\.1 2000\d$/);
    for (const line of lines) expect(parseCandidate(line.slice('a=candidate:'.length))).toBeUndefined();
    expect(older).not.toContain('ice-ufrag');
  });

  it('is said again after the checks, with the chosen pair and a new version', () => {
    const remote = placesIn('v=0\r\nc=IN IP4 127.0.0.9\r\nm=audio 4000 RTP/SAVP 9\r\nm=video 0 RTP/SAVP 122\r\n');
    expect(remote).toEqual([{ address: '127.0.0.9', rtpPort: 4000, rtcpPort: 4001 }, undefined]);
    const again = withIce(formatOffer(profile, { ...OPTIONS, sessionVersion: 2 }), 'v19', credentials, [
      remote[0] as never,
    ]);
    expect(again).toContain('o=- 42 2 IN IP4 127.0.0.1\r\n');
    const [audio = ''] = again.split('m=video');
    expect(audio.match(/^a=candidate:/gm)).toHaveLength(2);
    expect(audio).toContain('a=remote-candidates:1 127.0.0.9 4000 2 127.0.0.9 4001\r\n');
  });
});
