import { StreamFramer } from '@plugfest/sip';
import { capturePackets } from './capture-packets.ts';
import { type IpPayload, NetworkLayer } from './network-layer.ts';

/** Bytes that were sent as a SIP message, whether or not they are one. */
export interface CapturedSip {
  /** The number of the packet that completes it, from 1, as capture tools count. */
  readonly packet: number;
  readonly bytes: Buffer;
}

const SIP_PORTS: readonly number[] = [5060, 5061];
/** What a peer may send as one message; a stream without an end is cut there. */
const MAX_MESSAGE_BYTES = 1_048_576;

interface Segment {
  readonly packet: number;
  readonly sequence: number;
  readonly bytes: Buffer;
}

interface Stream {
  readonly isSipPort: boolean;
  readonly segments: Segment[];
}

/**
 * The SIP messages of a pcap or pcapng file, in the order in which they were complete: datagrams, fragments put together, TCP streams in any
 * segmentation and order, and messages that a recording holds without their transport. Media, STUN and keep-alives are passed over.
 */
export function capturedSip(file: Buffer): CapturedSip[] {
  const network = new NetworkLayer();
  const streams = new Map<string, Stream>();
  const found: CapturedSip[] = [];
  let packet = 0;
  for (const captured of capturePackets(file)) {
    packet++;
    const payload = network.take(captured);
    if (!payload) continue;
    if (payload.protocol === 'tcp') noteSegment(streams, payload, packet);
    else {
      const bytes = datagramOf(payload);
      if (bytes) found.push({ packet, bytes });
    }
  }
  for (const stream of streams.values()) found.push(...messagesOf(stream));
  return found.sort((a, b) => a.packet - b.packet);
}

function datagramOf({ protocol, bytes }: IpPayload): Buffer | undefined {
  if (protocol === 'exported') return looksLikeSip(bytes) ? bytes : undefined;
  if (bytes.length < 8) return undefined;
  const length = bytes.readUInt16BE(4);
  const body = bytes.subarray(8, length >= 8 ? Math.min(length, bytes.length) : bytes.length);
  const isSipPort = SIP_PORTS.includes(bytes.readUInt16BE(0)) || SIP_PORTS.includes(bytes.readUInt16BE(2));
  return looksLikeSip(body) || (isSipPort && isSaid(body)) ? body : undefined;
}

/** On a port of SIP: neither a keep-alive nor a binary protocol that shares the port. @see RFC 5626 §4.4, RFC 7983 */
function isSaid(body: Buffer): boolean {
  const first = body.find((byte) => byte > 32);
  return first !== undefined && first < 127 && body.length > 4;
}

/** A first line that names SIP's version, behind what white space there may be. */
function looksLikeSip(bytes: Buffer): boolean {
  const head = bytes.toString('latin1', 0, 2048).trimStart();
  const line = head.split(/[\r\n]/, 1)[0] ?? '';
  return /^SIP\/\d/i.test(line) || / SIP\/\d+\.\d+\s*$/i.test(line);
}

function noteSegment(streams: Map<string, Stream>, { source, destination, bytes }: IpPayload, packet: number): void {
  if (bytes.length < 20) return;
  const header = ((bytes[12] ?? 0) >> 4) * 4;
  const ports = [bytes.readUInt16BE(0), bytes.readUInt16BE(2)];
  const isSyn = ((bytes[13] ?? 0) & 2) !== 0;
  const data = bytes.subarray(header);
  if (header < 20 || (data.length === 0 && !isSyn)) return;
  const key = `${source} ${ports[0]} ${destination} ${ports[1]}`;
  const stream = streams.get(key) ?? { isSipPort: ports.some((port) => SIP_PORTS.includes(port)), segments: [] };
  streams.set(key, stream);
  stream.segments.push({ packet, sequence: bytes.readUInt32BE(4) + (isSyn ? 1 : 0), bytes: data });
}

/** A framer reads on as long as nothing is missing; behind a gap a new one begins at the next start line. */
function messagesOf({ isSipPort, segments }: Stream): CapturedSip[] {
  const found: CapturedSip[] = [];
  let run: Segment[] = [];
  for (const segment of inOrder(segments)) {
    const last = run.at(-1);
    if (last && segment.sequence > last.sequence + last.bytes.length) {
      found.push(...framed(run, isSipPort));
      run = [];
    }
    run.push(segment);
  }
  return [...found, ...framed(run, isSipPort)];
}

/** By sequence number relative to the first, without what was sent twice. */
function inOrder(segments: readonly Segment[]): Segment[] {
  const base = segments[0]?.sequence ?? 0;
  const relative = segments
    .map((segment) => ({ ...segment, sequence: (segment.sequence - base) | 0 }))
    .sort((a, b) => a.sequence - b.sequence || a.packet - b.packet);
  const fresh: Segment[] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const { sequence, bytes, packet } of relative) {
    const known = Math.max(0, end - sequence);
    if (known >= bytes.length) continue;
    fresh.push({ packet, sequence: sequence + (Number.isFinite(known) ? known : 0), bytes: bytes.subarray(known) });
    end = sequence + bytes.length;
  }
  return fresh;
}

function framed(run: readonly Segment[], isSipPort: boolean): CapturedSip[] {
  const whole = Buffer.concat(run.map(({ bytes }) => bytes));
  const start = looksLikeSip(whole) ? 0 : run.findIndex(({ bytes }) => looksLikeSip(bytes));
  if (start === -1 && !(isSipPort && isSaid(whole))) return [];
  const found: CapturedSip[] = [];
  const framer = new StreamFramer(MAX_MESSAGE_BYTES);
  const segments = run.slice(Math.max(0, start));
  for (const [at, { packet, bytes }] of segments.entries()) {
    const items = framer.push(bytes);
    for (const item of items.ok ? items.value : []) {
      const message = item === 'keep-alive' ? undefined : framer.bytesOf(item);
      if (message) found.push({ packet, bytes: Buffer.from(message) });
    }
    if (framer.lost) return [...found, remainder(segments.slice(at))];
  }
  const rest = framer.pendingBytes;
  if (rest > 4) found.push({ packet: segments.at(-1)?.packet ?? 0, bytes: whole.subarray(-rest) });
  return found;
}

/** What is left of a stream that nobody can frame any more. */
function remainder(segments: readonly Segment[]): CapturedSip {
  return { packet: segments[0]?.packet ?? 0, bytes: Buffer.concat(segments.map(({ bytes }) => bytes)) };
}
