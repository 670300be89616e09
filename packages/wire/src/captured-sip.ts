import { StreamFramer } from '@plugfest/sip';
import { capturePackets } from './capture-packets.ts';
import { formatBytes } from './ip-packet.ts';
import { type IpPayload, NetworkLayer } from './network-layer.ts';
import { formatAddress } from './transport-address.ts';

/** Bytes that were sent as a SIP message, whether or not they are one. */
export interface CapturedSip {
  /** The number of the packet that completes it, from 1, as capture tools count. */
  readonly packet: number;
  /** Microseconds since 1970, as the file says. */
  readonly epochUs: number;
  /** `exported`: a message without its transport. */
  readonly transport: 'udp' | 'tcp' | 'exported';
  /** `address:port`, IPv6 in brackets; empty where nothing says it. */
  readonly source: string;
  readonly destination: string;
  readonly bytes: Buffer;
}

const SIP_PORTS: readonly number[] = [5060, 5061];
/** What a peer may send as one message; a stream without an end is cut there. */
const MAX_MESSAGE_BYTES = 1_048_576;

interface Segment {
  readonly packet: number;
  readonly epochUs: number;
  readonly sequence: number;
  readonly bytes: Buffer;
}

type Ends = Pick<CapturedSip, 'transport' | 'source' | 'destination'>;

interface Stream {
  readonly ends: Ends;
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
    const at = { packet, epochUs: captured.epochUs };
    if (payload.protocol === 'tcp') noteSegment(streams, payload, at);
    else {
      const bytes = datagramOf(payload);
      if (bytes) found.push({ ...at, ...endsOf(payload), bytes });
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

function endsOf({ protocol, source, destination, ports, bytes }: IpPayload): Ends {
  const [from = 0, to = 0] = ports ?? [bytes.readUInt16BE(0), bytes.readUInt16BE(2)];
  return { transport: protocol, source: endOf(source, from), destination: endOf(destination, to) };
}

/** Of an address in hexadecimal digits. */
function endOf(hex: string, port: number): string {
  return hex === '' ? '' : formatAddress({ address: formatBytes(Buffer.from(hex, 'hex')), port });
}

type At = Pick<Segment, 'packet' | 'epochUs'>;

function noteSegment(streams: Map<string, Stream>, payload: IpPayload, at: At): void {
  const { source, destination, bytes } = payload;
  if (bytes.length < 20) return;
  const header = ((bytes[12] ?? 0) >> 4) * 4;
  const ports = [bytes.readUInt16BE(0), bytes.readUInt16BE(2)];
  const isSyn = ((bytes[13] ?? 0) & 2) !== 0;
  const data = bytes.subarray(header);
  if (header < 20 || (data.length === 0 && !isSyn)) return;
  const key = `${source} ${ports[0]} ${destination} ${ports[1]}`;
  const stream = streams.get(key) ?? {
    ends: endsOf(payload),
    isSipPort: ports.some((port) => SIP_PORTS.includes(port)),
    segments: [],
  };
  streams.set(key, stream);
  stream.segments.push({ ...at, sequence: bytes.readUInt32BE(4) + (isSyn ? 1 : 0), bytes: data });
}

/** A framer reads on as long as nothing is missing; behind a gap a new one begins at the next start line. */
function messagesOf({ isSipPort, segments, ends }: Stream): CapturedSip[] {
  const found: CapturedSip[] = [];
  let run: Segment[] = [];
  for (const segment of inOrder(segments)) {
    const last = run.at(-1);
    if (last && segment.sequence > last.sequence + last.bytes.length) {
      found.push(...framed(run, isSipPort, ends));
      run = [];
    }
    run.push(segment);
  }
  return [...found, ...framed(run, isSipPort, ends)];
}

/** By sequence number relative to the first, without what was sent twice. */
function inOrder(segments: readonly Segment[]): Segment[] {
  const base = segments[0]?.sequence ?? 0;
  const relative = segments
    .map((segment) => ({ ...segment, sequence: (segment.sequence - base) | 0 }))
    .sort((a, b) => a.sequence - b.sequence || a.packet - b.packet);
  const fresh: Segment[] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const { sequence, bytes, ...at } of relative) {
    const known = Math.max(0, end - sequence);
    if (known >= bytes.length) continue;
    fresh.push({ ...at, sequence: sequence + (Number.isFinite(known) ? known : 0), bytes: bytes.subarray(known) });
    end = sequence + bytes.length;
  }
  return fresh;
}

function framed(run: readonly Segment[], isSipPort: boolean, ends: Ends): CapturedSip[] {
  const whole = Buffer.concat(run.map(({ bytes }) => bytes));
  const start = looksLikeSip(whole) ? 0 : run.findIndex(({ bytes }) => looksLikeSip(bytes));
  if (start === -1 && !(isSipPort && isSaid(whole))) return [];
  const found: CapturedSip[] = [];
  const framer = new StreamFramer(MAX_MESSAGE_BYTES);
  const segments = run.slice(Math.max(0, start));
  for (const [at, { packet, epochUs, bytes }] of segments.entries()) {
    const items = framer.push(bytes);
    for (const item of items.ok ? items.value : []) {
      const message = item === 'keep-alive' ? undefined : framer.bytesOf(item);
      if (message) found.push({ packet, epochUs, ...ends, bytes: Buffer.from(message) });
    }
    if (framer.lost) return [...found, remainder(segments.slice(at), ends)];
  }
  const rest = framer.pendingBytes;
  const last = segments.at(-1);
  if (rest > 4 && last)
    found.push({ packet: last.packet, epochUs: last.epochUs, ...ends, bytes: whole.subarray(-rest) });
  return found;
}

/** What is left of a stream that nobody can frame any more. */
function remainder(segments: readonly Segment[], ends: Ends): CapturedSip {
  const { packet = 0, epochUs = 0 } = segments[0] ?? {};
  return { packet, epochUs, ...ends, bytes: Buffer.concat(segments.map(({ bytes }) => bytes)) };
}
