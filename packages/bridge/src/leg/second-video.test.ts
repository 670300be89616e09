import { parseSdp, type SessionDescription } from '@plugfest/sdp';
import { expect, test } from 'vitest';
import { offersSlides, sourcesOf, withScreen } from './second-video.ts';

function described(...lines: readonly string[]): SessionDescription {
  const head = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
  const parsed = parseSdp(`${[...head, ...lines].join('\r\n')}\r\n`);
  if (!parsed.ok) throw new Error(parsed.error.text);
  return parsed.value;
}

const BROWSER = 'm=video 9 UDP/TLS/RTP/SAVPF 96';
const PHONE = 'm=video 4000 RTP/AVP 97';

test.each<[string, readonly string[], boolean]>([
  ['a room that says slides', [PHONE, PHONE, 'a=content:slides'], true],
  ['a browser with one video', [BROWSER], false],
  ['a browser with two', [BROWSER, BROWSER], true],
  ['a browser that says what its second is', [BROWSER, BROWSER, 'a=content:alt'], false],
  ['a phone with two and no word for it', [PHONE, PHONE], false],
])('%s: slides %#', (_, lines, isOffered) => expect(offersSlides(withScreen(described(...lines)))).toBe(isOffered));

test('the sources of an m-line are all that it names, once, and no others', () => {
  const lines = ['1 cname:a', '1 msid:x', '4294967295 cname:a', '4294967296 cname:a', 'x cname:a', '2'];
  const { media } = described(BROWSER, ...lines.map((line) => `a=ssrc:${line}`));
  expect(sourcesOf(media[0])).toEqual([1, 4_294_967_295, 2]);
  expect(sourcesOf(undefined)).toEqual([]);
});
