import {
  FEEDBACK_FORMATS,
  type GenericNack,
  type PictureLossIndication,
  type ReceiverEstimatedMaximumBitrate,
  type ReportBlock,
  RTCP_TYPES,
  type RtcpPacket,
  type SourceDescription,
  type TemporaryBitrateNotification,
  type TemporaryBitrateRequest,
} from './rtcp-packet.ts';
import { readUint32, writeUint32 } from './rtp-packet.ts';
import { formatTransportFeedback } from './transport-feedback.ts';
import { formatVideoSourceRequest } from './video-source-request.ts';

interface Written {
  readonly packetType: number;
  readonly count: number;
  /** Whole words. */
  readonly body: Uint8Array;
}

/** Writes RTCP packets one after the other. Who sends a compound puts a report first and a CNAME in. @see RFC 3550 §6.1 */
export function formatRtcpCompound(packets: readonly RtcpPacket[]): Uint8Array {
  const written = packets.map(write);
  const bytes = new Uint8Array(written.reduce((sum, { body }) => sum + 4 + body.length, 0));
  let at = 0;
  for (const { packetType, count, body } of written) {
    writeUint32(bytes, at, 0x8000_0000 | (count << 24) | (packetType << 16) | (body.length / 4));
    bytes.set(body, at + 4);
    at += 4 + body.length;
  }
  return bytes;
}

function write(packet: RtcpPacket): Written {
  switch (packet.type) {
    case 'sender-report': {
      const { ssrc, ntpSeconds, ntpFraction, rtpTimestamp, packetCount, octetCount, reports } = packet;
      const words = [ssrc, ntpSeconds, ntpFraction, rtpTimestamp, packetCount, octetCount];
      return written(RTCP_TYPES.senderReport, reports.length, [...words, ...reports.flatMap(reportWords)]);
    }
    case 'receiver-report': {
      const words = [packet.ssrc, ...packet.reports.flatMap(reportWords)];
      return written(RTCP_TYPES.receiverReport, packet.reports.length, words);
    }
    case 'source-description':
      return writeSourceDescription(packet);
    case 'goodbye': {
      const reason = packet.reason === undefined ? new Uint8Array() : lengthPrefixed(packet.reason);
      const body = new Uint8Array((packet.ssrcs.length * 4 + reason.length + 3) & ~3);
      for (const [index, ssrc] of packet.ssrcs.entries()) writeUint32(body, index * 4, ssrc);
      body.set(reason, packet.ssrcs.length * 4);
      return { packetType: RTCP_TYPES.goodbye, count: packet.ssrcs.length, body };
    }
    case 'picture-loss-indication':
      return writePictureLoss(packet);
    case 'video-source-request': {
      const body = formatVideoSourceRequest(packet);
      return { packetType: RTCP_TYPES.payloadFeedback, count: FEEDBACK_FORMATS.applicationLayer, body };
    }
    case 'full-intra-request': {
      const entries = packet.entries.flatMap(({ ssrc, sequenceNumber }) => [ssrc, sequenceNumber << 24]);
      const words = [packet.senderSsrc, packet.mediaSsrc, ...entries];
      return written(RTCP_TYPES.payloadFeedback, FEEDBACK_FORMATS.fir, words);
    }
    case 'nack':
      return writeNack(packet);
    case 'tmmbr':
      return writeLimits(packet, FEEDBACK_FORMATS.tmmbr);
    case 'tmmbn':
      return writeLimits(packet, FEEDBACK_FORMATS.tmmbn);
    case 'remb':
      return writeRemb(packet);
    case 'transport-cc': {
      const body = formatTransportFeedback(packet);
      return { packetType: RTCP_TYPES.transportFeedback, count: FEEDBACK_FORMATS.transportCc, body };
    }
    case 'application-defined': {
      const body = new Uint8Array(8 + packet.data.length);
      writeUint32(body, 0, packet.ssrc);
      body.set(Buffer.from(packet.name.padEnd(4).slice(0, 4), 'latin1'), 4);
      body.set(packet.data, 8);
      return { packetType: RTCP_TYPES.applicationDefined, count: packet.subtype, body: wholeWords(body) };
    }
    case 'unknown':
      return { packetType: packet.packetType, count: packet.count, body: wholeWords(packet.body) };
  }
}

function written(packetType: number, count: number, words: readonly number[]): Written {
  const body = new Uint8Array(words.length * 4);
  for (const [index, word] of words.entries()) writeUint32(body, index * 4, word);
  return { packetType, count, body };
}

/** A number, two octets of nothing, and 64 bits: bit 0 of the first octet is priority 0. */
function writePictureLoss({ senderSsrc, mediaSsrc, layers }: PictureLossIndication): Written {
  const words = [senderSsrc, mediaSsrc];
  if (layers === undefined) return written(RTCP_TYPES.payloadFeedback, FEEDBACK_FORMATS.pli, words);
  const wanted = new Uint8Array(8);
  for (const id of layers.priorityIds) wanted[(id >> 3) & 7] = (wanted[(id >> 3) & 7] ?? 0) | (1 << (id & 7));
  const bits = [readUint32(wanted, 0), readUint32(wanted, 4)];
  return written(RTCP_TYPES.payloadFeedback, FEEDBACK_FORMATS.pli, [...words, layers.requestId << 16, ...bits]);
}

function wholeWords(body: Uint8Array): Uint8Array {
  if (body.length % 4 === 0) return body;
  const padded = new Uint8Array((body.length + 3) & ~3);
  padded.set(body);
  return padded;
}

function reportWords(report: ReportBlock): number[] {
  const lost = Math.max(-0x80_0000, Math.min(0x7f_ffff, report.packetsLost));
  return [
    report.ssrc,
    (report.fractionLost << 24) | (lost & 0xff_ffff),
    report.highestSequenceNumber,
    report.jitter,
    report.lastSenderReport,
    report.delaySinceLastSenderReport,
  ];
}

function writeSourceDescription({ chunks }: SourceDescription): Written {
  const bodies = chunks.map(({ ssrc, items }) => {
    const texts = items.map(({ type, text }) => Buffer.concat([Uint8Array.of(type), lengthPrefixed(text)]));
    const length = texts.reduce((sum, text) => sum + text.length, 4);
    // One zero at least, then up to a whole word.
    const body = new Uint8Array((length + 4) & ~3);
    writeUint32(body, 0, ssrc);
    body.set(Buffer.concat(texts), 4);
    return body;
  });
  return { packetType: RTCP_TYPES.sourceDescription, count: chunks.length, body: Buffer.concat(bodies) };
}

function lengthPrefixed(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'utf8').subarray(0, 255);
  return Buffer.concat([Uint8Array.of(bytes.length), bytes]);
}

/** A first number and a mask of the sixteen after it make one word. */
function writeNack({ senderSsrc, mediaSsrc, lostSequenceNumbers }: GenericNack): Written {
  const words: number[] = [];
  let first: number | undefined;
  let mask = 0;
  for (const lost of lostSequenceNumbers) {
    const distance: number = first === undefined ? -1 : (lost - first) & 0xffff;
    if (first !== undefined && distance === 0) continue;
    if (first !== undefined && distance <= 16) mask |= 1 << (distance - 1);
    else {
      if (first !== undefined) words.push((first << 16) | mask);
      first = lost;
      mask = 0;
    }
  }
  if (first !== undefined) words.push((first << 16) | mask);
  return written(RTCP_TYPES.transportFeedback, FEEDBACK_FORMATS.nack, [senderSsrc, mediaSsrc, ...words]);
}

/** A rate that 17 bits do not hold exactly is rounded down: a limit must not grow on its way. @see RFC 5104 §4.2.1.1 */
function writeLimits(
  { senderSsrc, mediaSsrc, entries }: TemporaryBitrateRequest | TemporaryBitrateNotification,
  format: number,
): Written {
  const words = entries.flatMap(({ ssrc, bitrateBps, overheadBytes }) => {
    const { exponent, mantissa } = scaled(bitrateBps, 0x1_ffff);
    return [ssrc, (exponent << 26) | (mantissa << 9) | (overheadBytes & 0x1ff)];
  });
  return written(RTCP_TYPES.transportFeedback, format, [senderSsrc, mediaSsrc, ...words]);
}

const REMB_MAGIC = 0x52454d42;

function writeRemb({ senderSsrc, bitrateBps, ssrcs }: ReceiverEstimatedMaximumBitrate): Written {
  const { exponent, mantissa } = scaled(bitrateBps, 0x3_ffff);
  const packed = (ssrcs.length << 24) | (exponent << 18) | mantissa;
  const words = [senderSsrc, 0, REMB_MAGIC, packed, ...ssrcs];
  return written(RTCP_TYPES.payloadFeedback, FEEDBACK_FORMATS.applicationLayer, words);
}

function scaled(bitrateBps: number, largestMantissa: number): { exponent: number; mantissa: number } {
  let exponent = 0;
  let mantissa = Math.max(0, Math.round(bitrateBps));
  while (mantissa > largestMantissa && exponent < 63) {
    mantissa = Math.floor(mantissa / 2);
    exponent++;
  }
  return { exponent, mantissa };
}
