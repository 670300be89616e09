import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { importCapture } from './import-capture.ts';

const OPTIONS = { plays: 'caller', name: 'test', mediaFile: 'test.media.json' } as const;
const CALLER = '192.0.2.10';
const CALLEE = '198.51.100.20';

type Said = readonly [atMs: number, from: 'caller' | 'callee', bytes: Buffer, ports?: readonly [number, number]];

const sdp = (address: string, port: number): string =>
  ['v=0', `o=- 1 1 IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0', `m=audio ${port} RTP/AVP 0`, ''].join(
    '\r\n',
  );

function sip(start: string, cseq: string, body = ''): Buffer {
  const lines = [start, `Via: SIP/2.0/UDP ${CALLER}:5060;branch=z9hG4bK${cseq.replace(' ', '')}`];
  lines.push('From: <sip:a@field.example>;tag=f', 'To: <sip:b@field.example>;tag=t', 'Call-ID: field', `CSeq: ${cseq}`);
  if (body !== '') lines.push('Content-Type: application/sdp');
  return Buffer.from([...lines, `Content-Length: ${body.length}`, '', body].join('\r\n'));
}

const rtp = (sequence: number): Buffer =>
  Buffer.concat([Buffer.from([0x80, 0, 0, sequence, 0, 0, 0, 0, 0, 0, 0, 9]), Buffer.alloc(160, 0xff)]);

const CALL: readonly Said[] = [
  [0, 'caller', sip('INVITE sip:b@field.example SIP/2.0', '1 INVITE', sdp(CALLER, 4000))],
  [20, 'callee', sip('SIP/2.0 180 Ringing', '1 INVITE')],
  [900, 'callee', sip('SIP/2.0 200 OK', '1 INVITE', sdp(CALLEE, 5000))],
  [910, 'caller', sip('ACK sip:b@field.example SIP/2.0', '1 ACK')],
  [1000, 'caller', rtp(1), [4000, 5000]],
  [1010, 'callee', rtp(2), [5000, 4000]],
  [1020, 'caller', rtp(3), [4000, 5000]],
  [3000, 'callee', sip('BYE sip:a@field.example SIP/2.0', '2 BYE')],
  [3001, 'caller', sip('SIP/2.0 200 OK', '2 BYE')],
];

interface Shape {
  readonly linkType?: number;
  readonly link?: (isIpv6: boolean) => Buffer;
  readonly isNanoseconds?: boolean;
  readonly isIpv6?: boolean;
  /** Payload bytes of a fragment; absent: whole datagrams. */
  readonly fragmentBytes?: number;
  readonly isTcp?: boolean;
}

const ETHERNET = (type: number, tags: readonly number[] = []): Buffer =>
  Buffer.concat([Buffer.alloc(12), ...tags.map((tag) => words(tag, 7)), words(type)]);
const words = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [i, value] of values.entries()) bytes.writeUInt16BE(value, i * 2);
  return bytes;
};
const etherType = (isIpv6: boolean): number => (isIpv6 ? 0x86dd : 0x0800);
const ipv6 = (address: string): Buffer =>
  Buffer.concat([Buffer.from('20010db8', 'hex'), Buffer.alloc(8), Buffer.from(address.split('.').map(Number))]);

function pcap(said: readonly Said[], shape: Shape = {}): Buffer {
  const { linkType = 1, isNanoseconds = false, isIpv6 = false } = shape;
  const head = Buffer.alloc(24);
  head.writeUInt32LE(isNanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, 0);
  head.writeUInt32LE(0xffff, 16);
  head.writeUInt32LE(linkType, 20);
  const link = (shape.link ?? ((six) => ETHERNET(etherType(six))))(isIpv6);
  const next = { caller: 1000, callee: 7000 };
  const records = said.flatMap(([atMs, from, bytes, ports = [5060, 5060]], id) => {
    const segment = shape.isTcp
      ? tcp(bytes, ports, next, from)
      : Buffer.concat([words(...ports, bytes.length + 8, 0), bytes]);
    return ipPackets(segment, from, id + 1, shape).map((packet) => {
      const record = Buffer.alloc(16);
      record.writeUInt32LE(1_700_000_000 + Math.floor(atMs / 1000), 0);
      record.writeUInt32LE((atMs % 1000) * (isNanoseconds ? 1e6 : 1000), 4);
      record.writeUInt32LE(link.length + packet.length, 8);
      record.writeUInt32LE(link.length + packet.length, 12);
      return Buffer.concat([record, link, packet]);
    });
  });
  return Buffer.concat([head, ...records]);
}

function tcp(
  bytes: Buffer,
  ports: readonly number[],
  next: Record<'caller' | 'callee', number>,
  from: 'caller' | 'callee',
): Buffer {
  const head = Buffer.concat([words(...ports), Buffer.alloc(16)]);
  head.writeUInt32BE(next[from], 4);
  next[from] += bytes.length;
  head[12] = 0x50;
  head[13] = 0x18;
  return Buffer.concat([head, bytes]);
}

function ipPackets(
  segment: Buffer,
  from: 'caller' | 'callee',
  id: number,
  { isIpv6, isTcp, fragmentBytes }: Shape,
): Buffer[] {
  const ends = from === 'caller' ? [CALLER, CALLEE] : [CALLEE, CALLER];
  const size = fragmentBytes ?? segment.length;
  const parts = Array.from({ length: Math.ceil(segment.length / size) }, (_, i) =>
    segment.subarray(i * size, (i + 1) * size),
  );
  const protocol = isTcp ? 6 : 17;
  return parts.map((part, i) => {
    const more = i < parts.length - 1 ? 1 : 0;
    if (!isIpv6) {
      const head = Buffer.concat([
        words(0x4500, 20 + part.length, id, (more << 13) | ((i * size) / 8), 0x4000 | protocol, 0),
      ]);
      return Buffer.concat([head, ...ends.map((end) => Buffer.from(end.split('.').map(Number))), part]);
    }
    const fragment =
      parts.length > 1 ? Buffer.concat([Buffer.from([protocol, 0]), words((i * size) | more, 0, id)]) : Buffer.alloc(0);
    const head = Buffer.concat([
      words(0x6000, 0, fragment.length + part.length),
      Buffer.from([parts.length > 1 ? 44 : protocol, 64]),
    ]);
    return Buffer.concat([head, ...ends.map(ipv6), fragment, part]);
  });
}

const SHAPES: readonly (readonly [name: string, shape: Shape])[] = [
  ['Ethernet', {}],
  ['VLAN', { link: (six) => ETHERNET(etherType(six), [0x8100]) }],
  ['two VLANs', { link: (six) => ETHERNET(etherType(six), [0x88a8, 0x8100]) }],
  ['Linux cooked', { linkType: 113, link: (six) => Buffer.concat([Buffer.alloc(14), words(etherType(six))]) }],
  ['Linux cooked 2', { linkType: 276, link: (six) => Buffer.concat([words(etherType(six)), Buffer.alloc(18)]) }],
  ['raw IP', { linkType: 101, link: () => Buffer.alloc(0) }],
  ['nanoseconds', { isNanoseconds: true }],
  ['fragments', { fragmentBytes: 64 }],
  ['IPv6', { isIpv6: true }],
  ['fragments of IPv6', { isIpv6: true, fragmentBytes: 64 }],
];

describe('a captured call', () => {
  test.each(SHAPES)('over %s: its messages with their times, and its media', (_, shape) => {
    const said = shape.isIpv6
      ? CALL.map(([at, from, bytes, ports]): Said => [at, from, inIpv6(bytes), ports ?? [5060, 5060]])
      : CALL;
    const { scenario, media, findings } = importCapture(pcap(said, shape), OPTIONS);
    expect(findings).toEqual([]);
    expect(scenario?.replay).toMatchObject({ transport: 'udp', plays: 'caller', media: 'test.media.json' });
    expect(
      scenario?.replay?.messages.map(({ atMs, ours, lines }) => [atMs, ours, lines[0]?.split(' ', 2).join(' ')]),
    ).toEqual([
      [0, true, 'INVITE sip:b@field.example'],
      [20, false, 'SIP/2.0 180'],
      [900, false, 'SIP/2.0 200'],
      [910, true, 'ACK sip:b@field.example'],
      [3000, false, 'BYE sip:a@field.example'],
      [3001, true, 'SIP/2.0 200'],
    ]);
    expect(media?.lines).toMatchObject([{ index: 0, received: 1 }]);
    expect(media?.lines[0]?.packets.map(([atMs]) => Math.round(atMs))).toEqual([1000, 1020]);
  });

  test('over TCP, in pieces that are no messages', () => {
    const signalling = CALL.filter(([, , , ports]) => !ports);
    const pieces = signalling.flatMap(([at, from, bytes]): Said[] => [
      [at, from, bytes.subarray(0, 40), [5060, 5060]],
      [at, from, bytes.subarray(40), [5060, 5060]],
    ]);
    const { scenario, findings } = importCapture(pcap(pieces, { isTcp: true }), OPTIONS);
    expect(scenario?.replay?.transport).toBe('tcp');
    expect(scenario?.replay?.messages).toHaveLength(6);
    expect(findings.map(({ code }) => code)).toEqual(['no-media']);
  });

  test('from the callee’s side', () => {
    const { scenario, media } = importCapture(pcap(CALL), { ...OPTIONS, plays: 'callee' });
    expect(scenario?.replay?.messages.map(({ ours }) => ours)).toEqual([false, true, true, false, true, false]);
    expect(media?.lines[0]).toMatchObject({ received: 2 });
  });

  test('what came twice is said once', () => {
    const { scenario } = importCapture(pcap([...CALL.slice(0, 1), ...CALL]), OPTIONS);
    expect(scenario?.replay?.messages).toHaveLength(6);
  });

  test.each([
    ['no file of packets', Buffer.from('hello, world, this is text'), 'no-capture'],
    ['an empty one', Buffer.alloc(0), 'no-capture'],
    ['no packets', pcap([]), 'no-packets'],
    ['no SIP', pcap(CALL.slice(4, 7)), 'no-sip'],
    ['no call', pcap([[0, 'caller', sip('OPTIONS sip:b@field.example SIP/2.0', '1 OPTIONS')]]), 'no-call'],
    ['answers alone', pcap(CALL.slice(1, 3)), 'no-call'],
  ])('with %s: says so, and nothing else', (_, file, code) => {
    const { scenario, findings } = importCapture(file, OPTIONS);
    expect(scenario).toBeUndefined();
    expect(findings.map((one) => [one.level, one.code])).toEqual([['error', code]]);
  });

  test.each([
    ['has no final answer', CALL.slice(0, 2), 'incomplete-call'],
    ['does not end', CALL.slice(0, 7), 'incomplete-call'],
    ['lacks a fragment', CALL, 'fragments-missing'],
  ])('that %s is played as far as it goes, with a warning', (_, said, code) => {
    const file =
      code === 'fragments-missing' ? pcap([...said.slice(0, 1), ...said.slice(1)], { fragmentBytes: 64 }) : pcap(said);
    const cut = code === 'fragments-missing' ? file.subarray(0, file.length - 120) : file;
    const { scenario, findings } = importCapture(cut, OPTIONS);
    expect(scenario).toBeDefined();
    expect(findings.map((one) => one.code)).toContain(code);
  });

  test('whatever the bytes: never throws', () => {
    const files = SHAPES.map(([, shape]) => pcap(CALL, shape));
    const damage = fc.array(fc.tuple(fc.nat(4000), fc.nat(255)), { maxLength: 40 });
    fc.assert(
      fc.property(fc.constantFrom(...files), damage, fc.nat(5000), (file, edits, length) => {
        const broken = Buffer.from(file.subarray(0, Math.max(24, length)));
        for (const [at, byte] of edits) if (at < broken.length && at > 4) broken[at] = byte;
        expect(() => importCapture(broken, OPTIONS)).not.toThrow();
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(() => importCapture(Buffer.from(bytes), OPTIONS)).not.toThrow();
      }),
    );
  });
});

/** IPv6 in descriptions, as captures of it have. */
function inIpv6(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  if (!text.includes('v=0')) return bytes;
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const six = body.replaceAll(/IN IP4 (\S+)/g, (_, address: string) => {
    const groups = address.split('.').map(Number);
    const pair = (at: number): string => (((groups[at] ?? 0) << 8) | (groups[at + 1] ?? 0)).toString(16);
    return `IN IP6 2001:db8::${pair(0)}:${pair(2)}`;
  });
  return Buffer.from(`${head.replace(/Content-Length: \d+/, `Content-Length: ${six.length}`)}\r\n\r\n${six}`, 'latin1');
}

const ROOT = fileURLToPath(new URL('../../../../../shared/data/pcap/', import.meta.url));
const present = existsSync(ROOT);
if (!present) console.log(`skipped: no test data at ${ROOT}`);

describe.skipIf(!present)('captures that nobody here made', () => {
  test.each(present ? globSync('*.{pcap,pcapng}', { cwd: ROOT }) : [])(
    '%s: a scenario, or why there is none',
    (name) => {
      const { scenario, findings } = importCapture(readFileSync(ROOT + name), OPTIONS);
      expect(scenario !== undefined || findings.some(({ level }) => level === 'error')).toBe(true);
    },
  );

  test('the complete calls of Wireshark’s sample: challenged, and refused', () => {
    const { scenario, callIds } = importCapture(readFileSync(`${ROOT}zeek--wireshark.pcap`), OPTIONS);
    expect(callIds).toHaveLength(4);
    expect(
      scenario?.replay?.messages.map(({ lines }) => lines[0]?.replace(/^(?:SIP\/2.0 (\d+)|(\S+)).*/, '$1$2')),
    ).toEqual([...['INVITE', '407', 'ACK', 'INVITE', '100', '183', '480', 'ACK']]);
  });
});

test('what was answered to a challenge is in no scenario, nor is a password: only who answers to it now', () => {
  const authorized = Buffer.from(
    sip('INVITE sip:b@field.example SIP/2.0', '1 INVITE', sdp(CALLER, 4000))
      .toString('latin1')
      .replace('\r\nTo:', '\r\nAuthorization: Digest username="a", response="CANARY0123456789"\r\nTo:'),
    'latin1',
  );
  const call = CALL.with(0, [0, 'caller', authorized]);
  const { scenario, findings } = importCapture(pcap(call), { ...OPTIONS, username: 'a' });
  expect(scenario?.replay).toMatchObject({ username: 'a' });
  expect(JSON.stringify(scenario)).not.toContain('CANARY');
  expect(JSON.stringify(scenario)).toContain('Authorization: Digest');
  expect(findings.map(({ code }) => code)).not.toContain('credentials');
});
