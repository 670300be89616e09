import { parseUdpPacket, type UdpPacket } from './ip-packet.ts';
import { readPcapng } from './pcapng-reader.ts';
import { interfaceNameOf } from './without-media.ts';

export interface RecordedDatagram extends UdpPacket {
  /** Microseconds since 1970. */
  readonly atUs: number;
}

/** The datagrams that a run's recording has on one interface: of a participant's media by its name. */
export function recordedDatagrams(recording: Buffer, interfaceName: string): RecordedDatagram[] {
  const names: string[] = [];
  const found: RecordedDatagram[] = [];
  for (const block of readPcapng(recording)) {
    if (block.kind === 'interface') names.push(interfaceNameOf(block.bytes));
    if (block.kind !== 'packet' || names[block.interfaceId] !== interfaceName) continue;
    const packet = parseUdpPacket(block.data);
    if (packet) found.push({ ...packet, atUs: block.epochUs });
  }
  return found;
}
