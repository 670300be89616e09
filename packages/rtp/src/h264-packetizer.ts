import { NAL, nalType, splitAnnexB } from './annex-b.ts';
import type { RtpPayload } from './rtp-packet.ts';

/** 1200 bytes leave room for IP, UDP, RTP, SRTP and a tunnel within 1500. */
export const DEFAULT_MAX_PAYLOAD_BYTES = 1200;

export interface H264PacketizerOptions {
  /** 0: one NAL unit a packet, never fragmented: the encoder must keep its slices short. 1: STAP-A and FU-A too. */
  readonly packetizationMode: 0 | 1;
  readonly maxPayloadBytes?: number;
}

/** What decoders need nothing of, and some choke on. */
const NOT_SENT: readonly number[] = [NAL.accessUnitDelimiter, NAL.endOfSequence, NAL.endOfStream, NAL.filler];
const AGGREGATED: readonly number[] = [NAL.sei, NAL.sps, NAL.pps];

/**
 * Payloads of one access unit in Annex B, in order; the last has the marker. In mode 0 a unit longer than the limit is sent whole, for
 * nothing else is allowed. @see RFC 6184 §5.6-§5.8, §6.2-§6.3
 */
export function packetizeH264(accessUnit: Uint8Array, options: H264PacketizerOptions): RtpPayload[] {
  const limit = options.maxPayloadBytes ?? DEFAULT_MAX_PAYLOAD_BYTES;
  const units = splitAnnexB(accessUnit).filter((unit) => !NOT_SENT.includes(nalType(unit)));
  const payloads = options.packetizationMode === 0 ? units : nonInterleaved(units, limit);
  return payloads.map((payload, index) => ({ payload, marker: index === payloads.length - 1 }));
}

function nonInterleaved(units: readonly Uint8Array[], limit: number): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  let small: Uint8Array[] = [];
  let smallBytes = 1;
  const flush = (): void => {
    const [only] = small;
    if (only !== undefined) payloads.push(small.length === 1 ? only : aggregate(small, smallBytes));
    small = [];
    smallBytes = 1;
  };
  for (const unit of units) {
    const isSmall = AGGREGATED.includes(nalType(unit)) && unit.length + 3 <= limit;
    if (!isSmall || smallBytes + 2 + unit.length > limit) flush();
    if (isSmall) {
      small.push(unit);
      smallBytes += 2 + unit.length;
    } else if (unit.length <= limit) payloads.push(unit);
    else payloads.push(...fragment(unit, limit));
  }
  flush();
  return payloads;
}

/** STAP-A: the highest NRI and any F bit of its units, then each with its length. @see RFC 6184 §5.7.1 */
function aggregate(units: readonly Uint8Array[], bytes: number): Uint8Array {
  const payload = new Uint8Array(bytes);
  let importance = 0;
  let forbidden = 0;
  let at = 1;
  for (const unit of units) {
    const header = unit[0] as number;
    importance = Math.max(importance, header & 0x60);
    forbidden |= header & 0x80;
    payload[at] = unit.length >> 8;
    payload[at + 1] = unit.length;
    payload.set(unit, at + 2);
    at += 2 + unit.length;
  }
  payload[0] = forbidden | importance | NAL.stapA;
  return payload;
}

/**
 * FU-A: `| F NRI 28 | S E R type | part |`, the unit's own header byte left out. Parts of about one size.
 * @see RFC 6184 §5.8
 */
function fragment(unit: Uint8Array, limit: number): Uint8Array[] {
  const header = unit[0] as number;
  const bodyBytes = unit.length - 1;
  const count = Math.ceil(bodyBytes / (limit - 2));
  const partBytes = Math.ceil(bodyBytes / count);
  const fragments: Uint8Array[] = [];
  for (let start = 1; start < unit.length; start += partBytes) {
    const part = unit.subarray(start, start + partBytes);
    const payload = new Uint8Array(2 + part.length);
    payload[0] = (header & 0xe0) | NAL.fuA;
    payload[1] = (start === 1 ? 0x80 : 0) | (start + partBytes >= unit.length ? 0x40 : 0) | (header & 0x1f);
    payload.set(part, 2);
    fragments.push(payload);
  }
  return fragments;
}
