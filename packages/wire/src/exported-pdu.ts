import { addressBytes, formatBytes, type UdpPacket } from './ip-packet.ts';
import { familyOf, type TransportAddress } from './transport-address.ts';

/**
 * Tags of LINKTYPE_WIRESHARK_UPPER_PDU: type and length (16 bits each, big endian), then the value.
 * @see Wireshark epan/exported_pdu.h
 */
const TAG = {
  end: 0,
  dissectorName: 12,
  source: { 4: 20, 6: 22 },
  destination: { 4: 21, 6: 23 },
  portType: 24,
  sourcePort: 25,
  destinationPort: 26,
} as const;
const PORT_TYPE = { tcp: 2, udp: 3 } as const;

/** A message for the recording without the layers below it: of a stream transport (TCP, TLS, WebSocket) whole and decrypted; with its ends. `dissector` is Wireshark's name, e.g. `sip`. */
export function exportedPdu(
  dissector: string,
  source: TransportAddress,
  destination: TransportAddress,
  message: Uint8Array,
  transport: keyof typeof PORT_TYPE = 'tcp',
): Buffer {
  return Buffer.concat([
    tag(TAG.dissectorName, Buffer.from(dissector)),
    tag(TAG.source[familyOf(source.address)], addressBytes(source.address)),
    tag(TAG.destination[familyOf(destination.address)], addressBytes(destination.address)),
    tag(TAG.portType, uint32(PORT_TYPE[transport])),
    tag(TAG.sourcePort, uint32(source.port)),
    tag(TAG.destinationPort, uint32(destination.port)),
    tag(TAG.end, Buffer.alloc(0)),
    message,
  ]);
}

/** The same PDU with another message; as it is where it is none of ours. */
export function replaceExportedMessage(pdu: Buffer, replace: (message: Uint8Array) => Uint8Array): Uint8Array {
  for (let at = 0; at + 4 <= pdu.length; ) {
    const type = pdu.readUInt16BE(at);
    at += 4 + pdu.readUInt16BE(at + 2);
    if (type === TAG.end) return Buffer.concat([pdu.subarray(0, at), replace(pdu.subarray(at))]);
  }
  return pdu;
}

function tag(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE((value.length + 3) & ~3, 2);
  return Buffer.concat([head, value, Buffer.alloc(-value.length & 3)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value, 0);
  return bytes;
}

/** The message in an exported PDU with its ends, where it says them; undefined where it is none. */
export function readExportedPdu(pdu: Buffer):
  | {
      protocol: 'exported';
      dissector: string;
      source: string;
      destination: string;
      ports: readonly [number, number];
      bytes: Buffer;
    }
  | undefined {
  const tags = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= pdu.length; ) {
    const type = pdu.readUInt16BE(at);
    const value = pdu.subarray(at + 4, at + 4 + pdu.readUInt16BE(at + 2));
    at += 4 + pdu.readUInt16BE(at + 2);
    if (type !== TAG.end) {
      tags.set(type, value);
      continue;
    }
    const hex = (tag: Readonly<Record<4 | 6, number>>): string =>
      (tags.get(tag[4]) ?? tags.get(tag[6]))?.toString('hex') ?? '';
    const port = (tag: number): number => {
      const bytes = tags.get(tag);
      return bytes && bytes.length >= 4 ? bytes.readUInt32BE(0) : 0;
    };
    return {
      protocol: 'exported',
      dissector: (tags.get(TAG.dissectorName)?.toString('latin1') ?? '').replaceAll('\0', ''),
      ...{ source: hex(TAG.source), destination: hex(TAG.destination) },
      ports: [port(TAG.sourcePort), port(TAG.destinationPort)],
      bytes: pdu.subarray(at),
    };
  }
  return undefined;
}

/** What Wireshark shows as octets: a datagram that it would take for something else. */
const OPAQUE = 'data';

/** A datagram that Wireshark is not to look into. */
export function opaqueDatagram({ source, destination, payload }: Omit<UdpPacket, 'payload'> & { payload: Uint8Array }) {
  return exportedPdu(OPAQUE, source, destination, payload, 'udp');
}

/** Takes apart what `opaqueDatagram` makes; undefined for other PDUs. */
export function parseOpaqueDatagram(pdu: Buffer): UdpPacket | undefined {
  const read = readExportedPdu(pdu);
  if (read?.dissector !== OPAQUE) return undefined;
  const [source, destination] = [read.source, read.destination].map((hex, i) => ({
    address: formatBytes(Buffer.from(hex, 'hex')),
    port: read.ports[i] as number,
  })) as [TransportAddress, TransportAddress];
  return { source, destination, payload: read.bytes };
}
