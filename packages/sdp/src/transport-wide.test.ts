import { describe, expect, test } from 'vitest';
import { answerOffer } from './answer-offer.ts';
import { applyAnswer } from './apply-answer.ts';
import { attributes } from './attribute.ts';
import type { Capabilities } from './capabilities.ts';
import { FULL_CAPABILITIES } from './codec-table.ts';
import { createOffer } from './create-offer.ts';
import { formatSdp } from './format-sdp.ts';
import type { LocalSession } from './local-session.ts';
import { parseSdp } from './parse-sdp.ts';
import type { RtpProfile, SessionDescription } from './session-description.ts';

const CAPABLE: Capabilities = { ...FULL_CAPABILITIES, transportCc: true };
const URI = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
const LEVEL = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';
const fingerprint = { algorithm: 'sha-256', value: Array.from({ length: 32 }, () => 'AA').join(':') };

const local = (profile: RtpProfile = 'UDP/TLS/RTP/SAVPF', rest: Partial<LocalSession> = {}): LocalSession => ({
  origin: { sessionId: '1', sessionVersion: 1 },
  address: '127.0.0.1',
  ...rest,
  media: (['audio', 'video'] as const).map((kind) => ({
    ...{ kind, profile, mid: kind, rtpPort: 5004, ssrc: 12, dtls: { fingerprint } },
    ...{ ice: { ufrag: 'uuuu', pwd: 'p'.repeat(22), candidates: [] } },
    sdes: { key: new Uint8Array(16), salt: new Uint8Array(14) },
  })),
});

interface Offered {
  readonly audio?: readonly string[];
  readonly video?: readonly string[];
  readonly session?: readonly string[];
  readonly profile?: string;
}

function descriptionOf({
  audio = [],
  video = [],
  session,
  profile = 'UDP/TLS/RTP/SAVPF',
}: Offered): SessionDescription {
  const transport = [
    ...['a=ice-ufrag:QwEr', `a=ice-pwd:${'y'.repeat(24)}`, `a=fingerprint:sha-256 ${fingerprint.value}`],
    ...['a=setup:actpass', 'a=rtcp-mux'],
  ];
  const lines = [
    ...[
      'v=0',
      'o=- 1 1 IN IP4 127.0.0.1',
      's=-',
      'c=IN IP4 127.0.0.1',
      't=0 0',
      ...(session ?? ['a=group:BUNDLE 0 1']),
    ],
    ...[`m=audio 9 ${profile} 111`, 'a=mid:0', ...transport, 'a=rtpmap:111 opus/48000/2', ...audio],
    ...[`m=video 9 ${profile} 96`, 'a=mid:1', ...transport, 'a=rtpmap:96 VP8/90000', ...video],
  ];
  const parsed = parseSdp(`${lines.join('\r\n')}\r\n`);
  if (!parsed.ok) throw new Error(parsed.error.text);
  return parsed.value;
}

function answered(offer: SessionDescription, capabilities = CAPABLE) {
  const result = answerOffer(offer, capabilities, local());
  if (!result.ok) throw new Error(result.error.code);
  const { answer, media } = result.value;
  return {
    extmaps: answer.media.map((line) => attributes(line, 'extmap')),
    feedback: answer.media.map((line) => attributes(line, 'rtcp-fb').filter((value) => value.endsWith('transport-cc'))),
    agreed: media.map(({ sequenceNumberId }) => sequenceNumberId),
    sdp: formatSdp(answer),
  };
}

const AUDIO = [`a=extmap:3 ${URI}`, 'a=rtcp-fb:111 transport-cc'];
const VIDEO = [`a=extmap:3 ${URI}`, 'a=rtcp-fb:96 transport-cc', 'a=rtcp-fb:96 nack'];

describe('numbers of a transport in an answer', () => {
  test('are said with the id of the offer and agreed, on all m-lines that have them', () => {
    const { extmaps, feedback, agreed } = answered(descriptionOf({ audio: AUDIO, video: VIDEO }));
    expect(extmaps).toEqual([[`3 ${URI}`], [`3 ${URI}`]]);
    expect(feedback).toEqual([['111 transport-cc'], ['96 transport-cc']]);
    expect(agreed).toEqual([3, 3]);
  });

  test('may be said of every format, and once for the session', () => {
    const session = ['a=group:BUNDLE 0 1', `a=extmap:14 ${URI}`];
    const { extmaps, feedback } = answered(descriptionOf({ session, video: ['a=rtcp-fb:* transport-cc'] }));
    expect(extmaps).toEqual([[], [`14 ${URI}`]]);
    expect(feedback).toEqual([[], ['96 transport-cc']]);
  });

  test('may be of the pictures alone', () => {
    const { extmaps, agreed } = answered(descriptionOf({ audio: [`a=extmap:1 ${LEVEL}`], video: VIDEO }));
    expect(extmaps).toEqual([[], [`3 ${URI}`]]);
    expect(agreed).toEqual([undefined, 3]);
  });

  const bare = { audio: ['a=rtcp-fb:111 transport-cc'], video: VIDEO.slice(1) };
  test.each<[string, Offered]>([
    ['have no extension', bare],
    ['have no feedback', { video: [`a=extmap:3 ${URI}`] }],
    ['have two ids', { audio: [`a=extmap:4 ${URI}`, 'a=rtcp-fb:111 transport-cc'], video: VIDEO }],
    ['have an id that is something else on another line', { audio: [`a=extmap:3 ${LEVEL}`], video: VIDEO }],
    ['have an id beyond one byte', { video: [`a=extmap:15 ${URI}`, ...VIDEO.slice(1)] }],
    ['have no id', { video: [`a=extmap:0 ${URI}`, `a=extmap:x ${URI}`, 'a=extmap:3', 'a=extmap:', ...VIDEO.slice(1)] }],
    ['are for one direction', { video: [`a=extmap:3/sendonly ${URI}`, ...VIDEO.slice(1)] }],
    ['are not bundled', { audio: AUDIO, video: VIDEO, session: [] }],
    ['have no DTLS', { audio: AUDIO, video: VIDEO, profile: 'RTP/AVPF' }],
  ])('are not agreed where they %s, and nothing is said of them', (_, offered) => {
    const offer = descriptionOf(offered);
    const { agreed, sdp } = answered(offer);
    expect(agreed).toEqual([undefined, undefined]);
    expect(sdp).toBe(answered(offer, FULL_CAPABILITIES).sdp);
    expect(sdp).not.toMatch(/extmap|transport-cc/);
  });
});

describe('numbers of a transport in our offer', () => {
  const offer = createOffer(CAPABLE, local());

  test('have one id on all lines, and feedback on what is neither a repair nor a key', () => {
    expect(offer.media.map((line) => attributes(line, 'extmap'))).toEqual([[`3 ${URI}`], [`3 ${URI}`]]);
    const reported = offer.media.map((line) => attributes(line, 'rtcp-fb').filter((v) => v.endsWith('transport-cc')));
    expect(reported.map((values) => values.map((value) => Number(value.split(' ')[0])))).toEqual([
      [111, 9, 0, 8],
      [97, 98, 122, 96, 100, 104, 115],
    ]);
  });

  test('keep the id that they had in the call', () => {
    const again = createOffer(CAPABLE, local(undefined, { sequenceNumberId: 5 }));
    expect(again.media.map((line) => attributes(line, 'extmap'))).toEqual([[`5 ${URI}`], [`5 ${URI}`]]);
  });

  test.each<RtpProfile>(['RTP/AVP', 'RTP/AVPF', 'RTP/SAVPF', 'UDP/TLS/RTP/SAVP'])(
    'are not said under %s',
    (profile) => {
      expect(formatSdp(createOffer(CAPABLE, local(profile)))).toBe(
        formatSdp(createOffer(FULL_CAPABILITIES, local(profile))),
      );
    },
  );

  const agreedBy = (answer: Offered, capabilities = CAPABLE) => {
    const applied = applyAnswer(offer, withMids(descriptionOf(answer)), capabilities);
    if (!applied.ok) throw new Error(applied.error.code);
    return applied.value.map(({ sequenceNumberId }) => sequenceNumberId);
  };
  const session = ['a=group:BUNDLE audio video'];

  test('are agreed where the answer says the same', () => {
    expect(agreedBy({ session, audio: AUDIO, video: VIDEO })).toEqual([3, 3]);
    expect(agreedBy({ session, video: VIDEO })).toEqual([undefined, 3]);
    expect(agreedBy({ session, audio: AUDIO, video: VIDEO }, FULL_CAPABILITIES)).toEqual([undefined, undefined]);
  });

  test.each<[string, Offered]>([
    ['another id', { session, video: [`a=extmap:4 ${URI}`, ...VIDEO.slice(1)] }],
    ['one direction', { session, video: [`a=extmap:3/recvonly ${URI}`, ...VIDEO.slice(1)] }],
    ['no feedback', { session, video: [`a=extmap:3 ${URI}`] }],
    ['no extension', { session, video: VIDEO.slice(1) }],
    ['no bundle', { session: [], audio: AUDIO, video: VIDEO }],
  ])('are not agreed where the answer says %s', (_, answer) => {
    expect(agreedBy(answer)).toEqual([undefined, undefined]);
  });
});

/** Answers repeat the offer's names of lines. */
function withMids(answer: SessionDescription): SessionDescription {
  const media = answer.media.map((line) => ({
    ...line,
    attributes: line.attributes.map((each) => (each.name === 'mid' ? { ...each, value: line.kind } : each)),
  }));
  return { ...answer, media };
}
