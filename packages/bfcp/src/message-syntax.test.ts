import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leastMs } from '@plugfest/model/cost-fixture';
import { describe, expect, test } from 'vitest';
import { formatFragments, formatMessage } from './format-message.ts';
import { BfcpFragmentAssembler } from './fragment-assembler.ts';
import { type BfcpMessage, PRIMITIVES } from './message.ts';
import { parseMessage } from './parse-message.ts';
import { BfcpStreamFramer } from './stream-framer.ts';

const VECTORS = join(import.meta.dirname, '../../../../shared/data/bfcp/libre');
const isMissing = !existsSync(VECTORS);
if (isMissing) console.warn(`skipped: the BFCP messages of others are not at ${VECTORS}`);

/** A FloorRequestStatus with all that one can hold. */
const STATUS: BfcpMessage = {
  version: 2,
  isResponse: true,
  primitive: PRIMITIVES.FloorRequestStatus,
  conferenceId: 4321,
  transactionId: 123,
  userId: 234,
  attributes: [
    {
      name: 'FLOOR-REQUEST-INFORMATION',
      isMandatory: false,
      id: 543,
      attributes: [
        {
          name: 'OVERALL-REQUEST-STATUS',
          isMandatory: false,
          id: 543,
          attributes: [{ name: 'REQUEST-STATUS', isMandatory: false, status: 3, queuePosition: 0 }],
        },
        { name: 'FLOOR-REQUEST-STATUS', isMandatory: false, id: 1, attributes: [] },
        {
          name: 'BENEFICIARY-INFORMATION',
          isMandatory: false,
          id: 234,
          attributes: [
            { name: 'USER-DISPLAY-NAME', isMandatory: false, text: 'Bäckström' },
            { name: 'USER-URI', isMandatory: false, text: 'sip:room@example.test' },
          ],
        },
        { name: 'PRIORITY', isMandatory: false, priority: 2 },
        { name: 'PARTICIPANT-PROVIDED-INFO', isMandatory: false, text: 'slides' },
      ],
    },
    { name: 'unknown', isMandatory: false, type: 99, contents: Uint8Array.of(1, 2, 3) },
  ],
};

function read(bytes: Uint8Array): BfcpMessage {
  const result = parseMessage(bytes);
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.text}`);
  return result.value;
}

const code = (bytes: Uint8Array): string => {
  const result = parseMessage(bytes);
  return result.ok ? 'ok' : result.error.code;
};

test('what is written is read again', () => {
  expect(read(formatMessage(STATUS))).toEqual(STATUS);
});

describe.skipIf(isMissing)('messages of another implementation', () => {
  for (const file of isMissing ? [] : readdirSync(VECTORS).filter((name) => name.endsWith('.bin'))) {
    const bytes = readFileSync(join(VECTORS, file));
    const { decoded } = JSON.parse(readFileSync(join(VECTORS, file.replace('.bin', '.json')), 'utf8'));

    test(`${file} reads as it says and is written as it was`, () => {
      const message = read(bytes);
      expect(message).toMatchObject({
        version: decoded.ver,
        primitive: decoded.primitive,
        conferenceId: decoded.conference_id,
        transactionId: decoded.transaction_id,
        userId: decoded.user_id,
      });
      expect(message.attributes.map((each) => each.name)).toEqual(
        expect.arrayContaining(decoded.attrs.map((each: { name: string }) => each.name)),
      );
      expect(Buffer.from(formatMessage(message)).toString('hex')).toBe(bytes.toString('hex'));
    });
  }

  test('the values of a floor request', () => {
    expect(read(readFileSync(join(VECTORS, 'floor-request.bin'))).attributes).toEqual([
      { name: 'FLOOR-ID', isMandatory: false, value: 1 },
      { name: 'BENEFICIARY-ID', isMandatory: false, value: 2 },
      { name: 'PARTICIPANT-PROVIDED-INFO', isMandatory: false, text: 'X' },
      { name: 'PRIORITY', isMandatory: false, priority: 2 },
    ]);
  });
});

describe('faults', () => {
  const hello = '200b000001020304fedcba98';
  test.each([
    ['', 'too-short'],
    ['200b0000010203', 'too-short'],
    ['600b000001020304fedcba98', 'unsupported-version'],
    ['200b000101020304fedcba98', 'wrong-length'],
    [`${hello}00`, 'wrong-length'],
    ['200b000101020304fedcba9804000000', 'malformed-attribute'],
    ['200b000101020304fedcba9804050000', 'malformed-attribute'],
    ['200b000101020304fedcba9804020000', 'malformed-attribute'],
    ['200b000101020304fedcba98c7040000', 'unknown-mandatory-attribute'],
    ['200b000101020304fedcba98c6040000', 'ok'],
    ['200b000401020304fedcba981e1000011e0c00011e0800011e040001', 'too-deep'],
  ])('%s: %s', (hex, expected) => {
    expect(code(Buffer.from(hex, 'hex'))).toBe(expected);
  });

  test('every truncation and every flipped bit is survived, at once', () => {
    const bytes = formatMessage(STATUS);
    const exercise = (): void => {
      for (let end = 0; end < bytes.length; end++) parseMessage(bytes.subarray(0, end));
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const flipped = Uint8Array.from(bytes);
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
        const result = parseMessage(flipped);
        if (result.ok) parseMessage(formatMessage(result.value));
      }
    };
    expect(leastMs(exercise, 3) / (bytes.length * 9)).toBeLessThan(50);
  });

  test('text that is too long is cut at a character; what does not fit into a group is left out', () => {
    const text = 'é'.repeat(300);
    const cut = read(formatMessage({ ...STATUS, attributes: [{ name: 'ERROR-INFO', text }] }));
    expect(cut.attributes).toEqual([{ name: 'ERROR-INFO', isMandatory: false, text: 'é'.repeat(126) }]);
    const names = [{ name: 'USER-DISPLAY-NAME', text } as const, { name: 'USER-URI', text: 'sip:a@b' } as const];
    const group = { name: 'BENEFICIARY-INFORMATION', id: 1, attributes: names } as const;
    expect(read(formatMessage({ ...STATUS, attributes: [group] })).attributes).toEqual([
      { ...group, isMandatory: false, attributes: [{ ...names[1], isMandatory: false }] },
    ]);
  });
});

describe('parts', () => {
  test.each([1, 7, 1460])('a stream in pieces of %d bytes', (size) => {
    const one = formatMessage({ ...STATUS, version: 1, isResponse: false });
    const stream = Buffer.concat([one, one, one]);
    const framer = new BfcpStreamFramer();
    const messages: Uint8Array[] = [];
    for (let at = 0; at < stream.length; at += size) {
      const result = framer.push(stream.subarray(at, at + size));
      if (result.ok) messages.push(...result.value);
    }
    expect(messages.map((each) => Buffer.from(each).equals(one))).toEqual([true, true, true]);
  });

  test('a stream that is none, and one that announces too much, are given up', () => {
    expect(new BfcpStreamFramer().push(Buffer.from('GET / HTTP/1.1\r\n')).ok).toBe(false);
    expect(new BfcpStreamFramer().push(Buffer.from('200bffff01020304fedcba98', 'hex')).ok).toBe(false);
  });

  test('fragments in any order, twice too, make the message; a lost one makes none', () => {
    const parts = formatFragments(STATUS, 40);
    expect(parts.length).toBeGreaterThan(3);
    const assembler = new BfcpFragmentAssembler();
    const whole = [...parts, ...parts].reverse().map((part) => assembler.push(part));
    expect(whole.filter((each) => each !== undefined).map((each) => read(each))).toEqual([STATUS, STATUS]);
    const lossy = new BfcpFragmentAssembler();
    expect(
      parts
        .slice(1)
        .map((part) => lossy.push(part))
        .every((each) => each === undefined),
    ).toBe(true);
  });
});

function tsharkFields(messages: readonly Uint8Array[], fields: readonly string[]): string[][] {
  const directory = mkdtempSync(join(tmpdir(), 'plugfest-bfcp-'));
  try {
    const capture = join(directory, 'bfcp.pcap');
    writeFileSync(capture, Buffer.concat([PCAP_HEADER, ...messages.map(pcapRecord)]));
    const args = [
      '-r',
      capture,
      '-d',
      'udp.port==5070,bfcp',
      '-T',
      'fields',
      ...fields.flatMap((each) => ['-e', each]),
    ];
    const text = execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return text
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Link type 101: packets begin with their IP header. */
const PCAP_HEADER = Buffer.from('d4c3b2a1020004000000000000000000000004006500000000'.slice(0, 48), 'hex');

function pcapRecord(payload: Uint8Array): Buffer {
  const packet = Buffer.alloc(28 + payload.length);
  packet.set([0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]);
  packet.writeUInt16BE(packet.length, 2);
  packet.writeUInt16BE(5070, 20);
  packet.writeUInt16BE(5070, 22);
  packet.writeUInt16BE(8 + payload.length, 24);
  packet.set(payload, 28);
  const record = Buffer.alloc(16);
  record.writeUInt32LE(packet.length, 8);
  record.writeUInt32LE(packet.length, 12);
  return Buffer.concat([record, packet]);
}

const hasTshark = ((): boolean => {
  try {
    execFileSync('tshark', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn('skipped: tshark is not installed, so nobody else reads our BFCP messages');
    return false;
  }
})();

/** It knows version 1 only (RFC 4582), whose messages differ in their first octet alone. */
test.skipIf(!hasTshark)('tshark reads the same, and finds nothing malformed', () => {
  const fields = ['bfcp.ver', 'bfcp.primitive', 'bfcp.conference_id', 'bfcp.transaction_id', 'bfcp.user_id'];
  const information = ['bfcp.floorrequest_id', 'bfcp.request_status', 'bfcp.priority', '_ws.malformed'];
  const [row] = tsharkFields(
    [formatMessage({ ...STATUS, version: 1, isResponse: false })],
    [...fields, ...information],
  );
  expect(row).toEqual(['1', '4', '4321', '123', '234', '543,543', '3', '2']);
});
