import { err, ok, type ParseFault, type Result } from '@plugfest/model';
import {
  FEEDBACK_FORMATS,
  type GenericNack,
  type LayerLoss,
  type ReceiverEstimatedMaximumBitrate,
  type ReportBlock,
  RTCP_TYPES,
  type RtcpPacket,
  type SdesChunk,
  type TemporaryBitrateRequest,
} from './rtcp-packet.ts';
import { readUint32 } from './rtp-packet.ts';
import { parseTransportFeedback } from './transport-feedback.ts';
import { parseVideoSourceRequest } from './video-source-request.ts';

/** Reads the body (what follows the first word) of one packet; undefined where it is too short for what it says. */
type BodyReader = (body: Uint8Array, count: number) => RtcpPacket | undefined;

/**
 * Reads a compound of RTCP packets; a compound of one that is no report is taken too (RFC 5506). Wholly or not at all. Faults: `too-short`,
 * `wrong-version`, `wrong-length`, `wrong-padding`, `malformed-body`.
 * @see RFC 3550 §6.1, Appendix A.2
 */
export function parseRtcpCompound(bytes: Uint8Array): Result<RtcpPacket[], ParseFault> {
  if (bytes.length < 4) return fault('too-short', 0, 'shorter than a header');
  const packets: RtcpPacket[] = [];
  // Every turn moves on by at least the four bytes of a header, so a length of 0 ends too.
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length - at < 4) return fault('too-short', at, 'bytes after the last packet');
    const first = bytes[at] as number;
    if (first >> 6 !== 2) return fault('wrong-version', at, 'the version is not 2');
    const end = at + 4 + 4 * (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number));
    if (end > bytes.length) return fault('wrong-length', at + 2, 'the length goes past the end');
    const padding = (first & 0x20) === 0 ? 0 : (bytes[end - 1] as number);
    const isWrongPadding = (first & 0x20) !== 0 && (padding === 0 || padding > end - at - 4 || end !== bytes.length);
    if (isWrongPadding) return fault('wrong-padding', end - 1, 'padding longer than the packet, or not in the last');
    const packet = readPacket(bytes[at + 1] as number, first & 0x1f, bytes.subarray(at + 4, end - padding));
    if (packet === undefined) return fault('malformed-body', at + 4, 'shorter than its count says');
    packets.push(packet);
    at = end;
  }
  return ok(packets);
}

function fault(code: string, offset: number, text: string): Result<never, ParseFault> {
  return err({ code, offset, section: 'RFC 3550 §6.4', text });
}

const READERS: Readonly<Record<number, BodyReader>> = {
  [RTCP_TYPES.senderReport]: readSenderReport,
  [RTCP_TYPES.receiverReport]: readReceiverReport,
  [RTCP_TYPES.sourceDescription]: readSourceDescription,
  [RTCP_TYPES.goodbye]: readGoodbye,
  [RTCP_TYPES.applicationDefined]: readApplicationDefined,
  [RTCP_TYPES.transportFeedback]: readTransportLayerFeedback,
  [RTCP_TYPES.payloadFeedback]: readPayloadFeedback,
};

function readPacket(packetType: number, count: number, body: Uint8Array): RtcpPacket | undefined {
  const read = READERS[packetType];
  return read === undefined ? { type: 'unknown', packetType, count, body } : read(body, count);
}

function readSenderReport(body: Uint8Array, count: number): RtcpPacket | undefined {
  const reports = body.length < 24 ? undefined : readReports(body, 24, count);
  return (
    reports && {
      type: 'sender-report',
      ssrc: readUint32(body, 0),
      ntpSeconds: readUint32(body, 4),
      ntpFraction: readUint32(body, 8),
      rtpTimestamp: readUint32(body, 12),
      packetCount: readUint32(body, 16),
      octetCount: readUint32(body, 20),
      reports,
    }
  );
}

function readReceiverReport(body: Uint8Array, count: number): RtcpPacket | undefined {
  const reports = body.length < 4 ? undefined : readReports(body, 4, count);
  return reports && { type: 'receiver-report', ssrc: readUint32(body, 0), reports };
}

function readReports(body: Uint8Array, start: number, count: number): ReportBlock[] | undefined {
  if (start + count * 24 > body.length) return undefined;
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * 24;
    const lost = readUint32(body, at + 4);
    return {
      ssrc: readUint32(body, at),
      fractionLost: lost >>> 24,
      packetsLost: (lost << 8) >> 8,
      highestSequenceNumber: readUint32(body, at + 8),
      jitter: readUint32(body, at + 12),
      lastSenderReport: readUint32(body, at + 16),
      delaySinceLastSenderReport: readUint32(body, at + 20),
    };
  });
}

function readSourceDescription(body: Uint8Array, count: number): RtcpPacket | undefined {
  const chunks: SdesChunk[] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (at + 4 > body.length) return undefined;
    const items: { type: number; text: string }[] = [];
    const ssrc = readUint32(body, at);
    at += 4;
    while (at < body.length && body[at] !== 0) {
      const length = body[at + 1];
      if (length === undefined || at + 2 + length > body.length) return undefined;
      items.push({ type: body[at] as number, text: textOf(body.subarray(at + 2, at + 2 + length)) });
      at += 2 + length;
    }
    // At least one zero ends the items, then up to the next word.
    at = (at + 4) & ~3;
    chunks.push({ ssrc, items });
  }
  return { type: 'source-description', chunks };
}

function readGoodbye(body: Uint8Array, count: number): RtcpPacket | undefined {
  const end = count * 4;
  if (end > body.length) return undefined;
  const ssrcs = Array.from({ length: count }, (_, index) => readUint32(body, index * 4));
  const length = body[end];
  if (length === undefined) return { type: 'goodbye', ssrcs };
  if (end + 1 + length > body.length) return undefined;
  return { type: 'goodbye', ssrcs, reason: textOf(body.subarray(end + 1, end + 1 + length)) };
}

function readApplicationDefined(body: Uint8Array, subtype: number): RtcpPacket | undefined {
  if (body.length < 8) return undefined;
  const name = String.fromCharCode(...body.subarray(4, 8));
  return { type: 'application-defined', ssrc: readUint32(body, 0), subtype, name, data: body.subarray(8) };
}

function readTransportLayerFeedback(body: Uint8Array, format: number): RtcpPacket | undefined {
  if (body.length < 8) return undefined;
  if (format === FEEDBACK_FORMATS.nack) return readNack(body);
  if (format === FEEDBACK_FORMATS.tmmbr) return { type: 'tmmbr', ...readLimits(body) };
  if (format === FEEDBACK_FORMATS.tmmbn) return { type: 'tmmbn', ...readLimits(body) };
  if (format === FEEDBACK_FORMATS.transportCc) return parseTransportFeedback(body);
  return { type: 'unknown', packetType: RTCP_TYPES.transportFeedback, count: format, body };
}

function readNack(body: Uint8Array): GenericNack {
  const lostSequenceNumbers: number[] = [];
  for (let at = 8; at + 4 <= body.length; at += 4) {
    const first = ((body[at] as number) << 8) | (body[at + 1] as number);
    const mask = ((body[at + 2] as number) << 8) | (body[at + 3] as number);
    lostSequenceNumbers.push(first);
    for (let bit = 0; bit < 16; bit++) if ((mask >> bit) & 1) lostSequenceNumbers.push((first + bit + 1) & 0xffff);
  }
  return { type: 'nack', senderSsrc: readUint32(body, 0), mediaSsrc: readUint32(body, 4), lostSequenceNumbers };
}

/** An exponent of 6 bits, a mantissa of 17, an overhead of 9. @see RFC 5104 §4.2.1.1 */
function readLimits(body: Uint8Array): Pick<TemporaryBitrateRequest, 'senderSsrc' | 'mediaSsrc' | 'entries'> {
  const entries = Array.from({ length: Math.floor((body.length - 8) / 8) }, (_, index) => {
    const packed = readUint32(body, 12 + index * 8);
    const bitrateBps = ((packed >>> 9) & 0x1ffff) * 2 ** (packed >>> 26);
    return { ssrc: readUint32(body, 8 + index * 8), bitrateBps, overheadBytes: packed & 0x1ff };
  });
  return { senderSsrc: readUint32(body, 0), mediaSsrc: readUint32(body, 4), entries };
}

function readPayloadFeedback(body: Uint8Array, format: number): RtcpPacket | undefined {
  if (body.length < 8) return undefined;
  const senderSsrc = readUint32(body, 0);
  const mediaSsrc = readUint32(body, 4);
  if (format === FEEDBACK_FORMATS.pli)
    return { type: 'picture-loss-indication', senderSsrc, mediaSsrc, ...layersOf(body) };
  if (format === FEEDBACK_FORMATS.fir) {
    const entries = Array.from({ length: Math.floor((body.length - 8) / 8) }, (_, index) => ({
      ssrc: readUint32(body, 8 + index * 8),
      sequenceNumber: body[12 + index * 8] as number,
    }));
    return { type: 'full-intra-request', senderSsrc, mediaSsrc, entries };
  }
  const named =
    format === FEEDBACK_FORMATS.applicationLayer ? (readRemb(body) ?? parseVideoSourceRequest(body)) : undefined;
  return named ?? { type: 'unknown', packetType: RTCP_TYPES.payloadFeedback, count: format, body };
}

const LAYER_LOSS_BYTES = 12;

/** What Lync's PLI has beside the two SSRCs. */
function layersOf(body: Uint8Array): { readonly layers?: LayerLoss } {
  if (body.length < 8 + LAYER_LOSS_BYTES) return {};
  const priorityIds = Array.from({ length: 64 }, (_, id) => id).filter(
    (id) => ((body[12 + (id >> 3)] as number) >> (id & 7)) & 1,
  );
  return { layers: { requestId: readUint32(body, 8) >>> 16, priorityIds } };
}

function readRemb(body: Uint8Array): ReceiverEstimatedMaximumBitrate | undefined {
  if (body.length < 16 || textOf(body.subarray(8, 12)) !== 'REMB') return undefined;
  const count = body[12] as number;
  if (16 + count * 4 > body.length) return undefined;
  const packed = readUint32(body, 12);
  return {
    type: 'remb',
    senderSsrc: readUint32(body, 0),
    bitrateBps: (packed & 0x3ffff) * 2 ** ((packed >> 18) & 0x3f),
    ssrcs: Array.from({ length: count }, (_, index) => readUint32(body, 16 + index * 4)),
  };
}

const UTF8 = new TextDecoder();

function textOf(bytes: Uint8Array): string {
  return UTF8.decode(bytes);
}
