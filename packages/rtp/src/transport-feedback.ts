import type { TransportFeedback, TransportFeedbackEntry } from './rtcp-packet.ts';
import { readUint32, writeUint32 } from './rtp-packet.ts';

/** Symbols of the status chunks. */
const NOT_RECEIVED = 0;
const SMALL_DELTA = 1;
const LARGE_DELTA = 2;

const DELTA_UNIT_US = 250;
const RUN_LENGTH_MAX = 0x1fff;

/** Reads the body of a transport-wide feedback packet; undefined where it is shorter than it says. */
export function parseTransportFeedback(body: Uint8Array): TransportFeedback | undefined {
  if (body.length < 16) return undefined;
  const baseSequenceNumber = readUint16(body, 8);
  const symbols = readSymbols(body, readUint16(body, 10));
  if (symbols === undefined) return undefined;
  let at = symbols.end;
  const packets: TransportFeedbackEntry[] = [];
  for (const [index, symbol] of symbols.values.entries()) {
    const sequenceNumber = (baseSequenceNumber + index) & 0xffff;
    const size = symbol === SMALL_DELTA ? 1 : symbol === LARGE_DELTA ? 2 : 0;
    if (at + size > body.length) return undefined;
    if (size === 0) packets.push({ sequenceNumber, received: symbol !== NOT_RECEIVED });
    else {
      const units = size === 1 ? (body[at] as number) : (readUint16(body, at) << 16) >> 16;
      packets.push({ sequenceNumber, received: true, deltaUs: units * DELTA_UNIT_US });
    }
    at += size;
  }
  const packed = readUint32(body, 12);
  return {
    type: 'transport-cc',
    senderSsrc: readUint32(body, 0),
    mediaSsrc: readUint32(body, 4),
    baseSequenceNumber,
    referenceTime: packed >> 8,
    feedbackPacketCount: packed & 0xff,
    packets,
  };
}

function readSymbols(body: Uint8Array, count: number): { values: number[]; end: number } | undefined {
  const values: number[] = [];
  let at = 16;
  while (values.length < count) {
    if (at + 2 > body.length) return undefined;
    const chunk = readUint16(body, at);
    at += 2;
    const left = count - values.length;
    if (chunk < 0x8000) {
      const run = Math.min(chunk & RUN_LENGTH_MAX, left);
      if (run === 0) return undefined;
      for (let index = 0; index < run; index++) values.push((chunk >> 13) & 3);
    } else if ((chunk & 0x4000) === 0) {
      for (let index = 0; index < Math.min(14, left); index++) values.push((chunk >> (13 - index)) & 1);
    } else for (let index = 0; index < Math.min(7, left); index++) values.push((chunk >> (12 - index * 2)) & 3);
  }
  return { values, end: at };
}

/** Writes the body of a transport-wide feedback packet, padded to whole words with zeros. */
export function formatTransportFeedback(feedback: TransportFeedback): Uint8Array {
  const symbols = feedback.packets.map(symbolOf);
  const chunks: number[] = [];
  for (let at = 0; at < symbols.length; ) {
    const run = runLength(symbols, at);
    chunks.push(run >= 7 ? ((symbols[at] as number) << 13) | run : twoBitChunk(symbols, at));
    at += Math.max(run, 7);
  }
  const deltaBytes = symbols.reduce(
    (sum, symbol) => sum + (symbol === SMALL_DELTA ? 1 : symbol === LARGE_DELTA ? 2 : 0),
    0,
  );
  const body = new Uint8Array((16 + chunks.length * 2 + deltaBytes + 3) & ~3);
  writeUint32(body, 0, feedback.senderSsrc);
  writeUint32(body, 4, feedback.mediaSsrc);
  writeUint16(body, 8, feedback.baseSequenceNumber);
  writeUint16(body, 10, symbols.length);
  writeUint32(body, 12, (feedback.referenceTime << 8) | (feedback.feedbackPacketCount & 0xff));
  for (const [index, chunk] of chunks.entries()) writeUint16(body, 16 + index * 2, chunk);
  let at = 16 + chunks.length * 2;
  for (const [index, symbol] of symbols.entries()) {
    const units = Math.round((feedback.packets[index]?.deltaUs ?? 0) / DELTA_UNIT_US);
    if (symbol === SMALL_DELTA) body[at++] = units;
    else if (symbol === LARGE_DELTA) {
      writeUint16(body, at, Math.max(-32_768, Math.min(32_767, units)));
      at += 2;
    }
  }
  return body;
}

function symbolOf({ received, deltaUs }: TransportFeedbackEntry): number {
  if (!received) return NOT_RECEIVED;
  const units = Math.round((deltaUs ?? 0) / DELTA_UNIT_US);
  return units >= 0 && units <= 255 ? SMALL_DELTA : LARGE_DELTA;
}

function runLength(symbols: readonly number[], start: number): number {
  let end = start + 1;
  while (end < symbols.length && symbols[end] === symbols[start] && end - start < RUN_LENGTH_MAX) end++;
  return end - start;
}

function twoBitChunk(symbols: readonly number[], start: number): number {
  let chunk = 0xc000;
  for (let index = 0; index < 7; index++) chunk |= (symbols[start + index] ?? 0) << (12 - index * 2);
  return chunk;
}

function readUint16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number);
}

function writeUint16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >> 8;
  bytes[offset + 1] = value;
}
