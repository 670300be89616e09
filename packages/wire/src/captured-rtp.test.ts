import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseRtp } from '@plugfest/rtp';
import { describe, expect, test } from 'vitest';
import { capturePackets } from './capture-packets.ts';
import { NetworkLayer } from './network-layer.ts';

const ROOT = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));
const present = existsSync(ROOT);
if (!present) console.log(`skipped: no test data at ${ROOT}`);

interface Oracle {
  readonly pcap: string;
  /** What tshark says of each packet: frame, version, padding, extension, CSRC count, marker, payload type, sequence number, timestamp, SSRC. */
  readonly rtp: readonly (readonly string[])[];
}

const oracles = (present ? readdirSync(`${ROOT}pcap`) : [])
  .filter((name) => name.endsWith('.oracle.json'))
  .map((name) => JSON.parse(readFileSync(`${ROOT}pcap/${name}`, 'utf8')) as Oracle)
  .filter(({ rtp }) => rtp.length > 0);

describe.skipIf(!present)('RTP of captures that nobody here made', () => {
  test.each(oracles.map((oracle) => [oracle.pcap, oracle] as const))('%s: read as tshark reads it', (pcap, { rtp }) => {
    const network = new NetworkLayer();
    const payloads = [...capturePackets(readFileSync(ROOT + pcap))].map((packet) => network.take(packet));
    const ours = rtp.map(([frame = '']) => {
      const parsed = parseRtp((payloads[Number(frame) - 1]?.bytes ?? Buffer.alloc(0)).subarray(8));
      if (!parsed.ok) return [frame, parsed.error.text];
      const { marker, payloadType, sequenceNumber, timestamp, ssrc } = parsed.value;
      const numbers = [marker ? 1 : 0, payloadType, sequenceNumber, timestamp].map(String);
      return [frame, ...numbers, `0x${ssrc.toString(16).padStart(8, '0')}`];
    });
    expect(ours).toEqual(rtp.map(([frame, , , , , ...rest]) => [frame, ...rest]));
  });
});
