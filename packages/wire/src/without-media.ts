import { demultiplex } from '@plugfest/rtp';
import { LINK_TYPE, packetBlock } from './pcapng.ts';
import { readPcapng } from './pcapng-reader.ts';

const [UDP_HEADER_BYTES, RTP_HEADER_BYTES] = [8, 12];

/** A recording without what was said and shown: of RTP the headers alone, of all else (signalling, RTCP, STUN, DTLS) everything. */
export function withoutMedia(recording: Buffer): Buffer {
  const out: Buffer[] = [];
  const isMedia: boolean[] = [];
  for (const block of readPcapng(recording)) {
    if (block.kind === 'interface')
      isMedia.push(block.linkType === LINK_TYPE.rawIp && interfaceNameOf(block.bytes) !== 'sip');
    if (block.kind !== 'packet') {
      out.push(block.bytes);
      continue;
    }
    const { interfaceId, epochUs, data, options } = block;
    const kept = isMedia[interfaceId] ? withoutPayload(data) : data;
    out.push(
      packetBlock({
        interfaceId,
        epochUs,
        data: kept,
        originalBytes: data.length,
        comment: commentOf(options),
      }),
    );
  }
  return Buffer.concat(out);
}

function withoutPayload(packet: Buffer): Buffer {
  const udp = (packet[0] ?? 0) >> 4 === 6 ? 40 : 20;
  const payload = packet.subarray(udp + UDP_HEADER_BYTES);
  return demultiplex(payload) === 'rtp' ? packet.subarray(0, udp + UDP_HEADER_BYTES + RTP_HEADER_BYTES) : packet;
}

const [INTERFACE_NAME, COMMENT] = [2, 1];

/** The name that an interface block gives; empty where it gives none. */
export function interfaceNameOf(interfaceBlock: Buffer): string {
  return optionOf(interfaceBlock.subarray(16, interfaceBlock.length - 4), INTERFACE_NAME) ?? '';
}

/** The first comment among a packet's options. */
export function commentOf(options: Buffer): string | undefined {
  return optionOf(options, COMMENT);
}

function optionOf(options: Buffer, wanted: number): string | undefined {
  for (let at = 0; at + 4 <= options.length; ) {
    const [code, length] = [options.readUInt16LE(at), options.readUInt16LE(at + 2)];
    if (code === wanted) return options.toString('utf8', at + 4, at + 4 + length);
    if (code === 0) return undefined;
    at += 4 + ((length + 3) & ~3);
  }
  return undefined;
}
