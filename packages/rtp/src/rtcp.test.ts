import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '@plugfest/model';
import { leastMs } from '@plugfest/model/cost-fixture';
import { describe, expect, it } from 'vitest';
import { formatRtcpCompound } from './format-rtcp.ts';
import { parseRtcpCompound } from './parse-rtcp.ts';
import type { RtcpPacket } from './rtcp-packet.ts';

const CRASHERS = fileURLToPath(new URL('../../../../shared/data/rtcp/pion-fuzz-crashers', import.meta.url));
const isMissing = !existsSync(CRASHERS);
if (isMissing) console.warn(`skipped: no crashers at ${CRASHERS}`);

const REPORT = {
  ssrc: 5,
  fractionLost: 200,
  packetsLost: -3,
  highestSequenceNumber: 0x0002_ffff,
  jitter: 77,
  lastSenderReport: 0xfedc_ba98,
  delaySinceLastSenderReport: 65_536,
};
const HEAD = { senderSsrc: 0xffff_fffe, mediaSsrc: 2 };
const SAMPLES: readonly RtcpPacket[] = [
  {
    type: 'sender-report',
    ssrc: 0xdead_beef,
    ntpSeconds: 0xe0000000,
    ntpFraction: 0x8000_0000,
    rtpTimestamp: 0xffff_ffff,
    packetCount: 1,
    octetCount: 2,
    reports: [REPORT, { ...REPORT, packetsLost: 9 }],
  },
  { type: 'receiver-report', ssrc: 1, reports: [REPORT] },
  {
    type: 'source-description',
    chunks: [
      {
        ssrc: 1,
        items: [
          { type: 1, text: 'Zoë@host' },
          { type: 2, text: '' },
        ],
      },
      { ssrc: 2, items: [{ type: 1, text: 'ab' }] },
    ],
  },
  { type: 'goodbye', ssrcs: [1, 2], reason: 'bye' },
  { type: 'goodbye', ssrcs: [1] },
  { type: 'picture-loss-indication', ...HEAD },
  { type: 'full-intra-request', ...HEAD, entries: [{ ssrc: 3, sequenceNumber: 255 }] },
  { type: 'nack', ...HEAD, lostSequenceNumbers: [65_530, 65_535, 10, 11, 27, 900] },
  {
    type: 'tmmbr',
    ...HEAD,
    entries: [
      { ssrc: 3, bitrateBps: 131_071, overheadBytes: 28 },
      { ssrc: 4, bitrateBps: 131_070 * 2 ** 40, overheadBytes: 511 },
    ],
  },
  { type: 'tmmbn', ...HEAD, entries: [] },
  { type: 'remb', senderSsrc: 1, bitrateBps: 2_500_000 - (2_500_000 % 16), ssrcs: [1, 2, 3] },
  {
    type: 'transport-cc',
    ...HEAD,
    baseSequenceNumber: 65_534,
    referenceTime: -5,
    feedbackPacketCount: 255,
    packets: [0, 250, undefined, 1000, -250, 70_000, 250, 250].map((deltaUs, index) => ({
      sequenceNumber: (65_534 + index) & 0xffff,
      received: deltaUs !== undefined,
      ...(deltaUs !== undefined && { deltaUs }),
    })),
  },
  { type: 'application-defined', ssrc: 1, subtype: 3, name: 'qtsi', data: Uint8Array.of(1, 2, 3, 4) },
  { type: 'unknown', packetType: 207, count: 0, body: Uint8Array.of(0, 0, 0, 1) },
];

describe('RTCP', () => {
  it.each(SAMPLES.map((packet) => [packet.type, packet] as const))('%s is read as it was written', (_, packet) => {
    const bytes = formatRtcpCompound([packet]);
    expect(bytes.length % 4).toBe(0);
    expect(parseRtcpCompound(bytes)).toEqual({ ok: true, value: [packet] });
  });

  it('a compound keeps its order', () => {
    const result = parseRtcpCompound(formatRtcpCompound(SAMPLES));
    expect(result.ok && result.value.map(({ type }) => type)).toEqual(SAMPLES.map(({ type }) => type));
  });

  it('a long run of lost and received packets comes through', () => {
    const packets = Array.from({ length: 300 }, (_, index) => {
      const sequenceNumber = index;
      return index > 100 && index < 180
        ? { sequenceNumber, received: false }
        : { sequenceNumber, received: true, deltaUs: 250 * (index % 3) };
    });
    const packet = {
      type: 'transport-cc',
      ...HEAD,
      baseSequenceNumber: 0,
      referenceTime: 1,
      feedbackPacketCount: 0,
      packets,
    } as const;
    expect(parseRtcpCompound(formatRtcpCompound([packet]))).toEqual({ ok: true, value: [packet] });
  });

  it.each([
    ['', 'too-short'],
    ['80c9', 'too-short'],
    ['40c90001', 'wrong-version'],
    ['80c90002 00000001', 'wrong-length'],
    ['81c90001 00000001', 'malformed-body'],
    ['80c80000', 'malformed-body'],
    ['80c90000', 'malformed-body'],
    ['80c90001 00000001 80', 'too-short'],
    ['a0c90001 00000000', 'wrong-padding'],
    ['a0c90001 00000005', 'wrong-padding'],
    ['a0c90002 0000000000000004 80c9000100000001', 'wrong-padding'],
    ['81ca0001 00000001', 'ok'],
    ['81ca0002 00000001 01ff0000', 'malformed-body'],
    ['81cb0000', 'malformed-body'],
    ['81cb0002 00000001 ff000000', 'malformed-body'],
    ['8fcd0004 0000000100000002 0000ffff 00000000', 'malformed-body'],
  ])('%s: %s', (text, code) => {
    const result = parseRtcpCompound(Buffer.from(text.replaceAll(' ', ''), 'hex'));
    expect(result.ok ? 'ok' : result.error.code).toBe(code);
  });

  it('a length of 0 moves on', () => {
    expect(parseRtcpCompound(Buffer.from('80cf0000'.repeat(10_000), 'hex')).ok).toBe(true);
  });

  const survive = (bytes: Uint8Array): void => {
    const work = (): void => {
      const result = parseRtcpCompound(bytes);
      if (result.ok) formatRtcpCompound(result.value);
    };
    if (leastMs(work, 1) >= 50) expect(leastMs(work)).toBeLessThan(50);
  };

  it.skipIf(isMissing)('crashers of others are survived, cut short and with a byte changed too', () => {
    const files = readdirSync(CRASHERS).filter((name) => name.endsWith('.bin'));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const whole = readFileSync(`${CRASHERS}/${file}`);
      survive(whole);
      const step = Math.max(1, Math.floor(whole.length / 200));
      for (let at = 0; at < whole.length; at += step) {
        survive(whole.subarray(0, at));
        const bad = Uint8Array.from(whole);
        bad[at] = (bad[at] as number) ^ (1 << (at % 8));
        survive(bad);
      }
    }
  });

  it('anything is survived: every cut, every bit, every length', () => {
    const random = seededRandom(1);
    for (const packet of SAMPLES) {
      const whole = formatRtcpCompound([packet]);
      for (let length = 0; length <= whole.length; length++) survive(whole.subarray(0, length));
      for (let bit = 0; bit < whole.length * 8; bit++) {
        const bad = Uint8Array.from(whole);
        bad[bit >> 3] = (bad[bit >> 3] as number) ^ (1 << (bit & 7));
        survive(bad);
      }
    }
    for (let round = 0; round < 3000; round++) {
      const bytes = Uint8Array.from({ length: random.uint32() % 64 }, () => random.uint32());
      if (bytes.length > 3)
        bytes.set([0x80 | ((bytes[0] as number) & 31), 200 + ((bytes[1] as number) % 8), 0, bytes.length / 4 - 1]);
      survive(bytes);
    }
  });
});
