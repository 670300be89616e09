import { leastMs } from '@plugfest/model/cost-fixture';
import { describe, expect, it } from 'vitest';
import { formatSdp } from './format-sdp.ts';
import { parseSdp, SDP_LIMITS } from './parse-sdp.ts';

const HEAD = 'v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n';

describe('parseSdp', () => {
  it.each([
    ['v=1\r\n', 'unsupported-version'],
    ['', 'missing-version'],
    ['s=-\r\nv=0\r\n', 'missing-version'],
    ['v=0\r\ns=-\r\n', 'missing-origin'],
    ['v=0\r\no=- 1 2 IN IP4\r\n', 'malformed-origin'],
    [`${HEAD}junk\r\n`, 'malformed-line'],
    [`${HEAD}c=IN IP5 x\r\n`, 'malformed-connection'],
    [`${HEAD}m=audio\r\n`, 'malformed-media'],
    [`${HEAD}m=audio 70000 RTP/AVP 0\r\n`, 'malformed-port'],
    [`${HEAD}m=audio -1 RTP/AVP 0\r\n`, 'malformed-port'],
    [`${HEAD}m=audio 1e3 RTP/AVP 0\r\n`, 'malformed-port'],
    [`${HEAD}m=audio 0x1f RTP/AVP 0\r\n`, 'malformed-port'],
    [`${HEAD}m=audio 6000 RTP/AVP 4294967296\r\n`, 'malformed-format'],
    [`${HEAD}m=audio 6000 RTP/AVP 0x1f\r\n`, 'malformed-format'],
    [`${HEAD}m=audio 6000 RTP/AVP 128\r\n`, 'malformed-format'],
    [HEAD + 'a=x\r\n'.repeat(SDP_LIMITS.lines), 'too-many-lines'],
    [HEAD + 'm=audio 1 x y\r\n'.repeat(SDP_LIMITS.media + 1), 'malformed-media'],
    [`${HEAD}a=${'x'.repeat(SDP_LIMITS.bytes)}\r\n`, 'too-large'],
  ])('%#: %j', (text, code) => {
    expect(parseSdp(text)).toMatchObject({ ok: false, error: { code } });
  });

  it('says where', () => {
    const result = parseSdp(`${HEAD}m=audio 70000 RTP/AVP 0\r\n`);
    expect(!result.ok && result.error.offset).toBe(HEAD.length);
  });

  it('takes bare line feeds, trailing spaces, UDP/BFCP and what it has no name for', () => {
    const text = `${HEAD}m=audio 6000 RTP/AVP 0 \r\na=x-odd: a:b \r\nm=application 5 UDP/BFCP *\r\n`.replaceAll(
      '\r\n',
      '\n',
    );
    const result = parseSdp(text);
    if (!result.ok) throw new Error(result.error.text);
    expect(result.value.media[0]?.attributes).toEqual([{ name: 'x-odd', value: ' a:b' }]);
    expect(result.value.media[1]?.formats).toEqual(['*']);
    expect(parseSdp(formatSdp(result.value))).toEqual(result);
  });

  it('keeps numbers longer than a double', () => {
    const result = parseSdp(HEAD.replace('- 1 2', '- 123456789012345678901234567890 18446744073709551616'));
    expect(result.ok && result.value.origin.sessionVersion).toBe('18446744073709551616');
  });

  it('refuses 1.1 MB, 100,000 lines and 10,000 candidates in under 50 ms each', () => {
    const candidate = 'a=candidate:1 1 udp 1 127.0.0.1 1 typ host\r\n';
    for (const text of [`${HEAD}a=${'x'.repeat(1.1e6)}`, HEAD + 'a=\r\n'.repeat(1e5), HEAD + candidate.repeat(1e4)]) {
      expect(parseSdp(text).ok).toBe(false);
      expect(leastMs(() => parseSdp(text))).toBeLessThan(50);
    }
  });
});
