import { capturePackets } from './capture-packets.ts';
import { formatBytes } from './ip-packet.ts';
import { NetworkLayer } from './network-layer.ts';
import { formatAddress } from './transport-address.ts';

/** A UDP datagram of anybody's capture. */
export interface CapturedDatagram {
  /** As capture tools count: that of its last fragment. */
  readonly packet: number;
  readonly epochUs: number;
  /** `address:port`, IPv6 in brackets. */
  readonly source: string;
  readonly destination: string;
  readonly payload: Buffer;
}

export interface CapturedDatagrams {
  readonly packets: number;
  readonly datagrams: readonly CapturedDatagram[];
  /** Datagrams of which a fragment is missing. */
  readonly incomplete: number;
}

/** The datagrams of a pcap or pcapng file, fragments put together. Ends at the first record that is not whole. */
export function capturedDatagrams(file: Buffer): CapturedDatagrams {
  const network = new NetworkLayer();
  const datagrams: CapturedDatagram[] = [];
  let packets = 0;
  for (const captured of capturePackets(file)) {
    packets++;
    const udp = network.take(captured);
    if (udp?.protocol !== 'udp' || udp.bytes.length < 8) continue;
    const { bytes } = udp;
    const length = bytes.readUInt16BE(4);
    const end = (address: string, at: number): string =>
      formatAddress({ address: formatBytes(Buffer.from(address, 'hex')), port: bytes.readUInt16BE(at) });
    datagrams.push({
      packet: packets,
      epochUs: captured.epochUs,
      source: end(udp.source, 0),
      destination: end(udp.destination, 2),
      payload: bytes.subarray(8, length >= 8 ? Math.min(length, bytes.length) : bytes.length),
    });
  }
  return { packets, datagrams, incomplete: network.incomplete };
}
