import { describe, expect, test } from 'vitest';
import { answerOffer } from './answer-offer.ts';
import { applyAnswer } from './apply-answer.ts';
import { attributes } from './attribute.ts';
import { FULL_CAPABILITIES } from './codec-table.ts';
import { createOffer } from './create-offer.ts';
import type { LocalSession } from './local-session.ts';
import { parseSdp } from './parse-sdp.ts';
import type { RtpProfile, SessionDescription } from './session-description.ts';

const local = (profile: RtpProfile = 'RTP/AVPF'): LocalSession => ({
  origin: { sessionId: '1', sessionVersion: 1 },
  address: '127.0.0.1',
  media: [{ kind: 'video', rtpPort: 5004, ssrc: 12, rtxSsrc: 13, cname: 'me', profile }],
});

function offerOf(lines: readonly string[], formats = '97 99'): SessionDescription {
  const head = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
  const video = [`m=video 6000 RTP/AVPF ${formats}`, 'a=rtpmap:97 H264/90000', 'a=fmtp:97 packetization-mode=1'];
  const parsed = parseSdp(`${[...head, ...video, ...lines].join('\r\n')}\r\n`);
  if (!parsed.ok) throw new Error(parsed.error.text);
  return parsed.value;
}

function answer(lines: readonly string[], formats?: string) {
  const answered = answerOffer(offerOf(lines, formats), FULL_CAPABILITIES, local());
  if (!answered.ok) throw new Error(answered.error.code);
  const [description, media] = [answered.value.answer.media[0], answered.value.media[0]];
  return {
    formats: description?.formats,
    said: description ? attributes(description, 'fmtp') : [],
    media,
    description,
  };
}

const RTX = ['a=rtcp-fb:97 nack', 'a=rtpmap:99 rtx/90000', 'a=fmtp:99 apt=97;rtx-time=3000'];

describe('retransmissions (RFC 4588)', () => {
  test('are agreed on where the offer has them for the codec that is taken', () => {
    const { formats, said, media, description } = answer(RTX);
    expect(formats).toEqual(['97', '99']);
    expect(said.at(-1)).toBe('99 apt=97');
    expect(media?.codec.rtx).toEqual({ payloadType: 99, receivePayloadType: 99 });
    expect(description && attributes(description, 'ssrc-group')).toEqual(['FID 12 13']);
    expect(description && attributes(description, 'ssrc')).toEqual(['12 cname:me', '13 cname:me']);
  });

  test.each<[string, readonly string[]]>([
    ['the offer has none', ['a=rtcp-fb:97 nack']],
    ['nothing would ask for them', RTX.slice(1)],
    ['they are of another format', ['a=rtcp-fb:97 nack', 'a=rtpmap:99 rtx/90000', 'a=fmtp:99 apt=96']],
    ['they name none', ['a=rtcp-fb:97 nack', 'a=rtpmap:99 rtx/90000']],
  ])('are not agreed on where %s', (_, lines) => {
    const { formats, media, description } = answer(lines);
    expect(formats).toEqual(['97']);
    expect(media?.codec.rtx).toBeUndefined();
    expect(description && attributes(description, 'ssrc-group')).toEqual([]);
  });

  test('are offered with feedback, one for each codec, and not without', () => {
    const [video] = createOffer(FULL_CAPABILITIES, local()).media;
    const apt = (video ? attributes(video, 'fmtp') : []).filter((value) => value.includes('apt='));
    expect(apt.map((value) => value.split('apt=')[1])).toEqual(['97', '98', '96', '100', '104', '115']);
    expect(new Set(video?.formats).size).toBe(video?.formats.length);
    const [plain] = createOffer(FULL_CAPABILITIES, local('RTP/AVP')).media;
    expect(plain?.formats).toEqual(['97', '98', '122', '96', '100', '104', '115']);
  });

  test('an answer may give them a number of its own', () => {
    const offer = createOffer(FULL_CAPABILITIES, local());
    const ours = offer.media[0];
    const offered = ours ? attributes(ours, 'fmtp').find((value) => value.endsWith('apt=97')) : undefined;
    const applied = applyAnswer(
      offer,
      offerOf(['a=rtcp-fb:97 nack', 'a=rtpmap:120 rtx/90000', 'a=fmtp:120 apt=97'], '97 120'),
      FULL_CAPABILITIES,
    );
    expect(applied.ok && applied.value[0]?.codec.rtx).toEqual({
      payloadType: 120,
      receivePayloadType: Number(offered?.split(' ')[0]),
    });
  });
});
