import { describe, expect, test } from 'vitest';
import { bodyParts, header } from './index.ts';

function parts(contentType: string, body: string) {
  return bodyParts({ headers: [{ name: 'c', value: contentType }], body: Buffer.from(body, 'latin1') }).map((part) => ({
    type: part.contentType,
    text: Buffer.from(part.body).toString('latin1'),
    disposition: header(part, 'Content-Disposition'),
  }));
}

const LYNC = [
  'preamble',
  '------=_NextPart_1',
  'Content-Type: application/sdp',
  'Content-Disposition: session; handling=optional; ms-proxy-2007fallback',
  '',
  'v=0\r\ns=old\r\n',
  '------=_NextPart_1',
  'Content-Type: application/sdp',
  'Content-Disposition: session; handling=optional',
  '',
  'v=0\r\ns=new\r\n',
  '------=_NextPart_1--',
  'epilogue',
].join('\r\n');

describe('bodyParts', () => {
  test('two descriptions in one alternative, the better one last', () => {
    expect(parts('multipart/alternative;boundary="----=_NextPart_1"', LYNC)).toEqual([
      {
        type: 'application/sdp',
        text: 'v=0\r\ns=old\r\n',
        disposition: 'session; handling=optional; ms-proxy-2007fallback',
      },
      { type: 'application/sdp', text: 'v=0\r\ns=new\r\n', disposition: 'session; handling=optional' },
    ]);
  });

  test('a mixed body inside another, without headers, with bare LF', () => {
    const inner = '--b\n\nplain\n--b\nContent-Type: application/sdp\n\nv=0\n--b--\n';
    const outer = `--a\nContent-Type: multipart/mixed; boundary=b\n\n${inner}\n--a--`;
    expect(parts('multipart/mixed; boundary=a', outer).map(({ type, text }) => [type, text])).toEqual([
      ['text/plain', 'plain'],
      ['application/sdp', 'v=0'],
    ]);
  });

  test('plain and empty bodies, no boundary, endless nesting', () => {
    expect(parts('application/sdp', 'v=0')).toHaveLength(1);
    expect(parts('application/sdp', '')).toEqual([]);
    expect(parts('multipart/mixed', LYNC)).toHaveLength(1);
    expect(parts('multipart/mixed; boundary=""', LYNC)).toHaveLength(1);
    expect(parts('multipart/mixed; boundary=x', '--x\r\n\r\n'.repeat(10_000)).length).toBeLessThanOrEqual(32);
    let nested = 'deep';
    for (let i = 0; i < 1000; i++) nested = `--n\r\nContent-Type: multipart/mixed; boundary=n\r\n\r\n${nested}`;
    expect(parts('multipart/mixed; boundary=n', nested).length).toBeLessThanOrEqual(32);
  });
});
