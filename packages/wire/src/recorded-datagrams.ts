import { parseOpaqueDatagram } from './exported-pdu.ts';
import { parseUdpPacket, type UdpPacket } from './ip-packet.ts';
import { readPcapng } from './pcapng-reader.ts';
import { interfaceNameOf } from './without-media.ts';

export interface RecordedDatagram extends UdpPacket {
  /** Microseconds since 1970. */
  readonly atUs: number;
  /** The packet's number in the file, from 1, as capture tools count. */
  readonly number: number;
}

/** Under this name lies what the wire of a participant lost on purpose: it was sent, and arrived nowhere. */
export function lostInterface(participant: string): string {
  return `${participant} (lost)`;
}

/** The datagrams that a run's recording has on one interface: of a participant's media by its name. */
export function recordedDatagrams(recording: Buffer, interfaceName: string): RecordedDatagram[] {
  const names: string[] = [];
  let number = 0;
  const found: RecordedDatagram[] = [];
  for (const block of readPcapng(recording)) {
    if (block.kind === 'interface') names.push(interfaceNameOf(block.bytes));
    if (block.kind === 'packet') number++;
    if (block.kind !== 'packet' || names[block.interfaceId] !== interfaceName) continue;
    const packet = parseUdpPacket(block.data) ?? parseOpaqueDatagram(block.data);
    if (packet) found.push({ ...packet, atUs: block.epochUs, number });
  }
  return found;
}

/** What is to be taken off a recorded time for the run's clock; undefined where `PacketRecorder` did not write the file. */
export function recordingOffsetUs(recording: Buffer): number | undefined {
  for (const block of readPcapng(recording)) {
    if (block.kind !== 'other') return undefined;
    const [, offset] = /packet time - (-?\d+(?:\.\d+)?) µs/.exec(block.bytes.toString('utf8')) ?? [];
    if (offset !== undefined) return Number(offset);
  }
  return undefined;
}
