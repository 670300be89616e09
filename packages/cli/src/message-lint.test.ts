import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { growth } from '@plugfest/model/cost-fixture';
import { describe, expect, test } from 'vitest';
import { type LintedMessage, lintFile } from './message-lint.ts';

const ROOT = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));
const present = existsSync(ROOT);
if (!present) console.log(`skipped: no test data at ${ROOT}`);
const hasTshark = spawnSync('tshark', ['--version']).status === 0;
if (!hasTshark) console.log('skipped: what tshark reads of the captures, as there is no tshark');

interface Sidecar {
  readonly file: string;
  readonly valid?: boolean | null;
  readonly parse?: string;
  readonly uas_status?: number[] | null;
}

function sidecarsIn(folder: string): Sidecar[] {
  return readdirSync(ROOT + folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json') && !name.endsWith('.oracle.json'))
    .map((name) => JSON.parse(readFileSync(`${ROOT}${folder}/${name}`, 'utf8')) as Sidecar)
    .filter(({ file }) => typeof file === 'string');
}

/** Statuses that only the element behind the grammar can give: a registrar's or an application's. */
const GIVEN_LATER = [200, 401, 404, 405];
/** Marked as good where they come from, and not good by the letter. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'sdp/sdp-transform/alac.sdp': 'a=rtpmap has no clock rate, which RFC 8866 §6.6 requires',
  'sdp/sdp-transform/extmap-encrypt.sdp': 'opus/48000 without /2, which RFC 7587 §7 requires',
  'sdp/sdp-transform/normal.sdp': 'opus/48000 without /2, which RFC 7587 §7 requires',
};

function isAsExpected({ parse, valid, uas_status: allowed }: Sidecar, lint: LintedMessage): boolean {
  const musts = lint.findings.filter(({ level }) => level === 'must');
  const isAllowed = lint.uasStatus !== null && allowed?.includes(lint.uasStatus) === true;
  switch (parse) {
    case 'accept':
    case 'accept-then-drop':
      if (lint.parse !== 'ok') return false;
      return lint.uasStatus === null ? !allowed || allowed.some((code) => GIVEN_LATER.includes(code)) : isAllowed;
    case 'reject':
      return isAllowed && musts.length > 0;
    case 'drop':
      return lint.uasStatus === null && musts.some(({ text }) => text.includes('dropped'));
    case 'reject-or-lenient':
      return lint.uasStatus === null || isAllowed;
    default:
      return valid !== true || (lint.parse === 'ok' && musts.length === 0);
  }
}

const only = (content: Buffer): LintedMessage => lintFile('it', content)[0]?.lint as LintedMessage;
const lintText = (text: string): LintedMessage => only(Buffer.from(text, 'latin1'));

describe.skipIf(!present)('messages and descriptions that nobody here wrote', () => {
  test.each(present ? ['sip', 'sdp'] : [])('%s: as their origins say', (folder) => {
    const wrong = sidecarsIn(folder).filter((sidecar) => {
      const isGood = isAsExpected(sidecar, only(readFileSync(ROOT + sidecar.file)));
      return isGood === sidecar.file in EXCEPTIONS;
    });
    expect(wrong.map(({ file }) => file)).toEqual([]);
  });

  test('cut at every byte, with bits turned, and twice over: nothing throws, offsets lie inside', () => {
    for (const { file } of [...sidecarsIn('sip/rfc4475'), ...sidecarsIn('sdp/rfc8829')]) {
      const whole = readFileSync(ROOT + file);
      for (let at = 0; at < whole.length; at += 7) {
        const turned = Buffer.from(whole);
        turned[at] = (turned[at] as number) ^ (1 << (at % 8));
        for (const content of [whole.subarray(0, at), turned])
          for (const { lint } of lintFile(file, content))
            for (const { offset } of lint.findings) expect(offset <= content.length && offset >= 0).toBe(true);
      }
      lintFile(file, Buffer.concat([whole, whole]));
    }
  });

  test.skipIf(!hasTshark)('tshark reads the same start lines, Call-IDs and CSeqs in the captures', () => {
    for (const { file } of sidecarsIn('pcap').filter((sidecar) => /zeek--(wireshark|sip-long)/.test(sidecar.file))) {
      const fields = ['sip.Request-Line', 'sip.Status-Line', 'sip.Call-ID', 'sip.CSeq'];
      const args = [
        '-r',
        ROOT + file,
        '-Y',
        'sip',
        '-T',
        'fields',
        '-E',
        'occurrence=f',
        ...fields.flatMap((field) => ['-e', field]),
      ];
      const theirs = spawnSync('tshark', args, { encoding: 'utf8' }).stdout.trimEnd().split('\n');
      const ours = lintFile(file, readFileSync(ROOT + file)).map(({ bytes }) => {
        const text = Buffer.from(bytes).toString('latin1');
        const [first = ''] = text.split('\r\n', 1);
        const value = (name: RegExp): string => name.exec(text)?.[1] ?? '';
        const lines = first.startsWith('SIP/') ? ['', first] : [first, ''];
        return [...lines, value(/^(?:Call-ID|i) *: *(.*)\r$/im), value(/^CSeq *: *(.*)\r$/im)].join('\t');
      });
      expect(ours).toEqual(theirs);
    }
  });
});

const OPTIONS = [
  'OPTIONS sip:bob@example.com SIP/2.0',
  'Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1',
  'Max-Forwards: 70',
  'From: <sip:alice@example.com>;tag=1',
  'To: <sip:bob@example.com>',
  'Call-ID: 1@192.0.2.1',
  'CSeq: 1 OPTIONS',
  'Content-Length: 0',
  '',
  '',
].join('\r\n');

describe('findings', () => {
  test('a good request has none', () => {
    expect(lintText(OPTIONS)).toMatchObject({ kind: 'request', parse: 'ok', uasStatus: null, findings: [] });
  });

  test.each([
    ['an unknown extension', OPTIONS.replace('Max', 'Require: levitation\r\nMax'), 420, 'require'],
    ['a method of nobody', OPTIONS.replaceAll('OPTIONS', 'LEVITATE'), 501, 'method'],
    ['CSeq with another method', OPTIONS.replace('1 OPTIONS', '1 INVITE'), 400, 'cseq-method'],
    ['another version', OPTIONS.replace('com SIP/2.0', 'com SIP/7.0'), 505, 'sip-version'],
    ['an unknown scheme', OPTIONS.replace('sip:bob@example.com SIP', 'mailto:bob@example.com SIP'), 416, 'request-uri'],
    ['Content-Length beyond the end', OPTIONS.replace('Length: 0', 'Length: 9'), 400, 'content-length'],
    ['no Via', OPTIONS.replace(/Via:.*\r\n/, ''), 400, 'header-syntax'],
  ])('%s', (_, text, status, code) => {
    const { uasStatus, findings } = lintText(text);
    expect({ uasStatus, codes: findings.filter(({ level }) => level === 'must').map((each) => each.code) }).toEqual({
      uasStatus: status,
      codes: [code],
    });
  });

  test('the offset is that of the header', () => {
    const text = OPTIONS.replace('Max', 'Require: levitation\r\nMax');
    expect(lintText(text).findings[0]?.offset).toBe(text.indexOf('Require'));
  });

  test('a bad ACK and a bad response are dropped, and the finding says so', () => {
    const ack = lintText(OPTIONS.replaceAll('OPTIONS', 'ACK').replace(/Via:.*\r\n/, ''));
    const response = lintText(OPTIONS.replace(/^.*\r\n/, 'SIP/2.0 200 OK\r\n').replace(/CSeq.*\r\n/, ''));
    for (const { uasStatus, findings } of [ack, response]) {
      expect(uasStatus).toBeNull();
      expect(findings.some(({ text }) => text.includes('dropped'))).toBe(true);
    }
  });

  test('a description inside a request: its offsets are the message’s', () => {
    const sdp = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 96\r\n';
    const text = OPTIONS.replaceAll('OPTIONS', 'INVITE')
      .replace(
        'Content-Length: 0',
        `Contact: <sip:a@192.0.2.1>\r\nContent-Type: application/sdp\r\nContent-Length: ${sdp.length}`,
      )
      .concat(sdp);
    expect(lintText(text).findings).toMatchObject([{ code: 'missing-rtpmap', offset: text.indexOf('m=audio') }]);
    expect(lintText(text.replace('m=audio 4000', 'm=audio 99999'))).toMatchObject({ uasStatus: 400 });
  });
});

describe('descriptions', () => {
  const head = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n';
  test.each([
    ['Opus with one channel', 'm=audio 4000 RTP/AVP 96\r\na=rtpmap:96 opus/48000/1\r\n', 'must opus-clock'],
    [
      'five digits',
      'm=video 4000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 profile-level-id=42E01\r\n',
      'should short-profile-level-id',
    ],
    [
      'no digits',
      'm=video 4000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 profile-level-id=hello\r\n',
      'must malformed-profile-level-id',
    ],
    ['a mid twice', 'm=audio 4000 RTP/AVP 0\r\na=mid:a\r\nm=video 4002 RTP/AVP 34\r\na=mid:a\r\n', 'must repeated-mid'],
    ['mux-only alone', 'm=audio 4000 RTP/AVP 0\r\na=rtcp-mux-only\r\n', 'must mux-only-alone'],
    ['no key', 'm=audio 4000 RTP/SAVP 0\r\n', 'should unkeyed-media'],
    [
      'a short key',
      'm=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA\r\n',
      'must malformed-crypto',
    ],
    [
      'an event of another clock',
      'm=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/48000\r\n',
      'should event-clock',
    ],
  ])('%s', (_, media, expected) => {
    expect(lintText(head + media).findings.map(({ level, code }) => `${level} ${code}`)).toEqual([expected]);
  });

  test('a bundle of a section that is not there', () => {
    const text = `${head}a=group:BUNDLE a b\r\nm=audio 4000 RTP/AVP 0\r\na=mid:a\r\n`;
    expect(lintText(text).findings).toMatchObject([{ code: 'unknown-mid', offset: text.indexOf('a=group') }]);
  });
});

/** A capture of one TCP connection to port 5060 on a raw IP link. */
function tcpCapture(segments: readonly (readonly [sequence: number, text: string])[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt32LE(101, 20);
  const records = segments.map(([sequence, text]) => {
    const packet = Buffer.alloc(40 + text.length);
    packet[0] = 0x45;
    packet.writeUInt16BE(packet.length, 2);
    packet[9] = 6;
    packet.writeUInt16BE(40000, 20);
    packet.writeUInt16BE(5060, 22);
    packet.writeUInt32BE(sequence >>> 0, 24);
    packet[32] = 0x50;
    packet.write(text, 40, 'latin1');
    const record = Buffer.alloc(16);
    record.writeUInt32LE(packet.length, 8);
    record.writeUInt32LE(packet.length, 12);
    return Buffer.concat([record, packet]);
  });
  return Buffer.concat([header, ...records]);
}

describe('captures', () => {
  const both = OPTIONS + OPTIONS.replace('1 OPTIONS', '2 OPTIONS');
  const kinds = (file: Buffer): string[] =>
    lintFile('it', file).map(({ lint }) => `${lint.kind} ${lint.findings.length}`);

  test.each([1, 7, 1460])('a stream in segments of %i bytes, the last twice, its number wrapping round', (size) => {
    const segments: [number, string][] = [];
    for (let at = 0; at < both.length; at += size) segments.push([0xffff_fff0 + at, both.slice(at, at + size)]);
    segments.push(segments.at(-1) as [number, string]);
    expect(kinds(tcpCapture(segments))).toEqual(['request 0', 'request 0']);
  });

  test('segments out of order', () => {
    const segments: [number, string][] = [];
    for (let at = 0; at < both.length; at += 50) segments.push([1000 + at, both.slice(at, at + 50)]);
    const [first, second, third, ...rest] = segments as [[number, string], [number, string], [number, string]];
    expect(kinds(tcpCapture([first, third, second, ...rest.reverse()]))).toEqual(['request 0', 'request 0']);
  });

  test('behind a gap the next message is found', () => {
    expect(
      kinds(
        tcpCapture([
          [0, OPTIONS.slice(0, 60)],
          [5000, OPTIONS],
        ]),
      ).at(-1),
    ).toBe('request 0');
  });

  test('cut anywhere, it ends there', () => {
    const file = tcpCapture([[0, both]]);
    for (let at = 0; at < file.length; at++) lintFile('it', file.subarray(0, at));
  });
});

test('twice the length costs about twice the time', () => {
  const repeat = (lines: number) => {
    const text = OPTIONS.replace('Max', `${'Subject: a, "b\\", c <\r\n'.repeat(lines)}Max`);
    const sdp = `v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n${'a=mid:a  \r\n'.repeat(lines)}`;
    return () => {
      lintFile('it', Buffer.from(text));
      lintFile('it', Buffer.from(sdp));
    };
  };
  expect(growth(repeat, 200)).toBeLessThan(2.5);
});
