import { expect, test } from 'vitest';
import { answerOffer } from './answer-offer.ts';
import { attributes } from './attribute.ts';
import { FULL_CAPABILITIES } from './codec-table.ts';
import { parseSdp } from './parse-sdp.ts';

function answer(formats: string, lines: readonly string[] = []) {
  const head = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
  const offer = parseSdp(`${[...head, `m=audio 6000 RTP/AVP ${formats}`, ...lines].join('\r\n')}\r\n`);
  if (!offer.ok) throw new Error(offer.error.text);
  const local = { origin: { sessionId: '1', sessionVersion: 1 }, address: '127.0.0.1' };
  const answered = answerOffer(offer.value, FULL_CAPABILITIES, {
    ...local,
    media: [{ kind: 'audio', rtpPort: 5004 }],
  });
  if (!answered.ok) throw new Error(answered.error.code);
  const [description, media] = [answered.value.answer.media[0], answered.value.media[0]];
  return { formats: description?.formats, maps: description && attributes(description, 'rtpmap'), media };
}

test('comfort noise is taken by its static number, without a mapping (RFC 3389 §4)', () => {
  const { formats, maps, media } = answer('0 13');
  expect(formats).toEqual(['0', '13']);
  expect(maps).toContain('13 CN/8000');
  expect(media?.comfortNoise).toEqual({ receivePayloadType: 13 });
});

test('of several the one on the codec’s clock is taken', () => {
  const { formats, media } = answer('118 8 13', ['a=rtpmap:118 CN/16000']);
  expect(formats).toEqual(['8', '13']);
  expect(media?.comfortNoise).toEqual({ receivePayloadType: 13 });
});

test.each([
  ['0', []],
  ['111 13', ['a=rtpmap:111 opus/48000/2']],
])('an offer of %s has none for its codec', (formats, lines) => {
  expect(answer(formats, lines).media?.comfortNoise).toBeUndefined();
});
