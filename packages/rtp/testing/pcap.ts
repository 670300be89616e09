/** For tests: UDP payloads in and out of classic pcap files. */

const LINK_RAW_IP = 101;
const LINK_HEADER_BYTES: Readonly<Record<number, number>> = { 0: 4, 1: 14, [LINK_RAW_IP]: 0, 113: 16 };

/** UDP payloads by frame number; undefined for another file format or link type. */
export function udpPayloads(pcap: Buffer): Map<number, Uint8Array> | undefined {
  const isLittle = pcap.readUInt32LE(0) === 0xa1b2c3d4;
  if (!isLittle && pcap.readUInt32BE(0) !== 0xa1b2c3d4) return undefined;
  const u32 = (at: number): number => (isLittle ? pcap.readUInt32LE(at) : pcap.readUInt32BE(at));
  const linkBytes = LINK_HEADER_BYTES[u32(20)];
  if (linkBytes === undefined) return undefined;
  const payloads = new Map<number, Uint8Array>();
  for (let at = 24, frame = 1; at + 16 <= pcap.length; at += 16 + u32(at + 8), frame++) {
    const ip = pcap.subarray(at + 16 + linkBytes, at + 16 + u32(at + 8));
    const udp = ip.subarray(((ip[0] ?? 0) & 15) * 4);
    if ((ip[0] ?? 0) >> 4 === 4 && ip[9] === 17 && udp.length >= 8)
      payloads.set(frame, udp.subarray(8, udp.readUInt16BE(4)));
  }
  return payloads;
}

/** A capture of payloads sent to one UDP port, a millisecond apart. */
export function pcapOf(payloads: readonly Uint8Array[], port: number): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65_535, 16);
  head.writeUInt32LE(LINK_RAW_IP, 20);
  return Buffer.concat([head, ...payloads.flatMap((payload, index) => recordOf(payload, port, index))]);
}

function recordOf(payload: Uint8Array, port: number, index: number): Uint8Array[] {
  const length = 28 + payload.length;
  const header = Buffer.alloc(16 + 28);
  header.writeUInt32LE(1 + Math.floor(index / 1000), 0);
  header.writeUInt32LE((index % 1000) * 1000, 4);
  header.writeUInt32LE(length, 8);
  header.writeUInt32LE(length, 12);
  header.writeUInt8(0x45, 16);
  header.writeUInt16BE(length, 18);
  header.writeUInt8(64, 24);
  header.writeUInt8(17, 25);
  header.writeUInt32BE(0x7f000001, 28);
  header.writeUInt32BE(0x7f000001, 32);
  header.writeUInt16BE(40_000, 36);
  header.writeUInt16BE(port, 38);
  header.writeUInt16BE(8 + payload.length, 40);
  return [header, payload];
}
