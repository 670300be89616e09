import { describe, expect, test } from 'vitest';
import { formatTrickleFragment, parseTrickleFragment } from './trickle-fragment.ts';

/** RFC 9725 §4.3.2, its example in our words: credentials within the m-section. */
const PATCH = [
  'a=group:BUNDLE 0 1',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=mid:0',
  'a=ice-ufrag:EsAw',
  'a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1',
  'a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1',
  'a=candidate:3471623853 1 udp 2122194687 198.51.100.2 61765 typ host generation 0 ufrag EsAw network-id 2',
  'a=candidate:473322822 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active generation 0 ufrag EsAw network-id 1',
  'a=candidate:half',
  'a=end-of-candidates',
  '',
].join('\r\n');

describe('a fragment of trickled candidates', () => {
  test('says credentials, candidates and their end', () => {
    const read = parseTrickleFragment(PATCH);
    expect(read).toMatchObject({ ok: true, value: { ufrag: 'EsAw', endOfCandidates: true } });
    expect(read.ok && read.value.candidates.map(({ address, transport, port }) => [transport, address, port])).toEqual([
      ['udp', '192.0.2.1', 61764],
      ['udp', '198.51.100.2', 61765],
      ['tcp', '192.0.2.1', 9],
    ]);
  });

  test('reads what it writes', () => {
    const read = parseTrickleFragment(PATCH);
    if (!read.ok) throw new Error(read.error.text);
    const line = { kind: 'audio', protocol: 'UDP/TLS/RTP/SAVPF', mid: '0' };
    expect(parseTrickleFragment(formatTrickleFragment(read.value, line))).toEqual(read);
  });

  test.each([
    ['nothing', '', 'missing-credentials'],
    ['no password', 'a=ice-ufrag:EsAw\r\n', 'missing-credentials'],
    ['a short password', 'a=ice-ufrag:EsAw\r\na=ice-pwd:short\r\n', 'malformed-credentials'],
    ['another user', `${PATCH}a=ice-ufrag:Other\r\n`, 'several-credentials'],
    ['a line that is none', `${PATCH}hello\r\n`, 'malformed-line'],
    ['a whole message of JSON', '{"candidate":"a"}', 'malformed-line'],
    ['too much', 'a=x\r\n'.repeat(20_000), 'too-large'],
  ])('with %s is refused', (_, text, code) => {
    expect(parseTrickleFragment(text)).toMatchObject({ ok: false, error: { code } });
  });

  test('cut anywhere, it is read or refused, and never throws', () => {
    const read = Array.from(PATCH, (_, length) => parseTrickleFragment(PATCH.slice(0, length)));
    expect(read.filter(({ ok }) => ok).length).toBeGreaterThan(0);
    expect(read.filter(({ ok }) => !ok).length).toBeGreaterThan(0);
  });
});
