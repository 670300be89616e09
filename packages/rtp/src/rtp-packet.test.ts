import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { udpPayloads } from '../testing/pcap.ts';
import { demultiplex } from './demultiplex.ts';
import { formatRtp, parseRtp } from './rtp-packet.ts';

const PACKET = {
  payloadType: 111,
  marker: true,
  sequenceNumber: 65_535,
  timestamp: 0xffff_fff0,
  ssrc: 0x8000_0001,
  csrcs: [1, 0xffff_ffff],
  extension: { profile: 0xbede, data: Uint8Array.of(1, 2, 3, 4) },
  payload: Uint8Array.of(9, 8, 7),
};

describe('RTP', () => {
  it('is read as it was written', () => {
    expect(parseRtp(formatRtp(PACKET))).toEqual({ ok: true, value: PACKET });
    const { extension: _, ...plain } = { ...PACKET, csrcs: [] };
    expect(parseRtp(formatRtp(plain))).toEqual({ ok: true, value: plain });
  });

  it('loses its padding', () => {
    const bytes = Buffer.concat([formatRtp(PACKET), Uint8Array.of(0, 0, 3)]);
    bytes[0] = (bytes[0] as number) | 0x20;
    const result = parseRtp(bytes);
    expect(result.ok && [...result.value.payload]).toEqual([...PACKET.payload]);
  });

  it.each([
    ['', 'too-short'],
    ['8000000100000000000000', 'too-short'],
    ['400000010000000000000000', 'wrong-version'],
    ['810000010000000000000000', 'too-short'],
    ['900000010000000000000000', 'too-short'],
    ['900000010000000000000000 bede0001', 'too-short'],
    ['a00000010000000000000000', 'wrong-padding'],
    ['a00000010000000000000000 00', 'wrong-padding'],
    ['a00000010000000000000000 0002 03', 'ok'],
    ['a00000010000000000000000 0002 04', 'wrong-padding'],
  ])('%s: %s', (text, code) => {
    const result = parseRtp(Buffer.from(text.replaceAll(' ', ''), 'hex'));
    expect(result.ok ? 'ok' : result.error.code).toBe(code);
  });

  it('survives every cut and every bit', () => {
    const whole = formatRtp(PACKET);
    for (let length = 0; length < whole.length - 3; length++)
      expect(parseRtp(whole.subarray(0, length)).ok).toBe(false);
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const bad = Uint8Array.from(whole);
      bad[bit >> 3] = (bad[bit >> 3] as number) ^ (1 << (bit & 7));
      parseRtp(bad);
    }
  });

  it('refuses to write what no packet can hold', () => {
    expect(() => formatRtp({ ...PACKET, csrcs: Array(16).fill(1) })).toThrow(RangeError);
    expect(() => formatRtp({ ...PACKET, extension: { profile: 1, data: new Uint8Array(3) } })).toThrow(RangeError);
  });
});

describe('demultiplexing', () => {
  it('sorts all 256 first bytes, and RTCP by the second', () => {
    const counts = new Map<string, number>();
    for (let first = 0; first < 256; first++) {
      for (let length = 0; length <= 64; length++) {
        demultiplex(new Uint8Array(length).fill(first));
      }
      const found = demultiplex(Uint8Array.of(first, 96));
      counts.set(found, (counts.get(found) ?? 0) + 1);
    }
    const expected = { stun: 4, unknown: 12, zrtp: 4, dtls: 44, 'turn-channel': 16, quic: 112, rtp: 64 };
    expect(Object.fromEntries(counts)).toEqual(expected);
    expect(demultiplex(Uint8Array.of(0x80, 200))).toBe('rtcp');
    expect(demultiplex(Uint8Array.of(0x81, 223))).toBe('rtcp');
    expect(demultiplex(Uint8Array.of(0x80, 0x80 | 63))).toBe('rtp');
    expect(demultiplex(Uint8Array.of(0x80))).toBe('unknown');
    expect(demultiplex(new Uint8Array())).toBe('unknown');
  });
});

const PCAPS = fileURLToPath(new URL('../../../../shared/data/pcap', import.meta.url));
const isMissing = !existsSync(PCAPS);
if (isMissing) console.warn(`skipped: no captures at ${PCAPS}`);
const captures = isMissing ? [] : readdirSync(PCAPS).filter((name) => name.endsWith('.oracle.json'));

describe.skipIf(isMissing)('captures, against what tshark read', () => {
  it.each(captures)('%s', (name) => {
    const oracle = JSON.parse(readFileSync(`${PCAPS}/${name}`, 'utf8')) as { pcap: string; rtp: string[][] };
    const payloads = udpPayloads(readFileSync(`${PCAPS}/${oracle.pcap.replace('pcap/', '')}`));
    for (const [frame, , , , , marker, payloadType, sequenceNumber, timestamp, ssrc] of payloads === undefined
      ? []
      : oracle.rtp) {
      const bytes = payloads?.get(Number(frame)) as Uint8Array;
      expect(demultiplex(bytes)).toBe('rtp');
      const result = parseRtp(bytes);
      expect(result.ok && [result.value.marker, result.value.payloadType, result.value.sequenceNumber]).toEqual([
        marker === '1',
        Number(payloadType),
        Number(sequenceNumber),
      ]);
      expect(result.ok && [result.value.timestamp, result.value.ssrc]).toEqual([Number(timestamp), Number(ssrc)]);
    }
  });
});
