import { isIP } from 'node:net';
import { type Candidate, formatCandidate, parseCandidate } from './ice-candidate.ts';
import { familyOf, isLoopback, isOwnAddress, type TransportAddress } from './transport-address.ts';

/** Where a relay listens for one m-line: what a rewritten description names. RTCP is at the next port. */
export interface RelayAddresses {
  readonly rtp: TransportAddress;
  readonly rtcp: TransportAddress;
}

/** What a description said of one m-line before it was rewritten. */
export interface LearnedSection {
  readonly index: number;
  /** `audio`, `video`, `application`, … */
  readonly kind: string;
  /** The relay that carries it: another m-line's where they are bundled; undefined where it is not relayed. */
  readonly relay: number | undefined;
  /** Where its owner wants packets sent; undefined where it wants none (hold, port 0). */
  readonly rtp: TransportAddress | undefined;
  readonly rtcp: TransportAddress | undefined;
  readonly ice: boolean;
  /** Clock rates by payload type, from `a=rtpmap` and the static table. */
  readonly clockRatesHz: ReadonlyMap<number, number>;
  /** Values of its `a=crypto` lines (RFC 4568 §4). */
  readonly crypto: readonly string[];
}

export interface RewrittenDescription {
  readonly sdp: string;
  readonly sections: readonly LearnedSection[];
}

interface Line {
  readonly text: string;
  readonly end: string;
}

interface Context {
  readonly relays: readonly RelayAddresses[];
  readonly sessionConnection: Line | undefined;
  readonly sessionAddress: string | undefined;
  readonly sessionIce: boolean;
  /** Relay by original transport address, so that bundled m-lines share one. */
  readonly assigned: Map<string, number>;
}

/** RFC 3551 §6: payload types whose clock rate needs no rtpmap. */
const STATIC_CLOCK_RATES: readonly (readonly [number, number])[] = [
  ...[0, 3, 4, 5, 7, 8, 9, 12, 13, 15, 18].map((type) => [type, 8000] as const),
  ...[26, 31, 32, 34].map((type) => [type, 90_000] as const),
];

/** Protocols over UDP: RTP profiles, SCTP over DTLS, BFCP over UDP. TCP and unknown ones are left alone. */
const OVER_UDP = /^(RTP\/|UDP\/|DTLS\/SCTP)/i;

/**
 * Puts relays into a description: `c=`, the ports of `m=`, `a=rtcp`, and one host candidate a component. Candidates that cannot be relayed
 * (TCP, mDNS names, reflexive and relayed ones, the other address family, other hosts) are taken out; everything else stays byte for byte. An m-line that wants
 * packets at a place where we do not send is refused (port 0).
 * @see RFC 8866, RFC 3605, RFC 8839, RFC 9143
 */
export function rewriteDescription(sdp: string, relays: readonly RelayAddresses[]): RewrittenDescription {
  const [session = [], ...media] = splitSections(splitLines(sdp));
  const context: Context = {
    relays,
    sessionConnection: session.find((line) => line.text.startsWith('c=')),
    sessionAddress: connectionAddress(session),
    sessionIce: session.some((line) => line.text.startsWith('a=ice-ufrag:')),
    assigned: new Map(),
  };
  const rewritten = media.map((lines, index) => rewriteSection(lines, index, context));
  const host = relays[0]?.rtp.address;
  const sessionLines = host === undefined ? session : session.map((line) => rewriteConnection(line, host));
  const lines = [...sessionLines, ...rewritten.flatMap((section) => section.lines)];
  return {
    sdp: lines.map((line) => line.text + line.end).join(''),
    sections: rewritten.map((section) => section.learned),
  };
}

function splitLines(sdp: string): Line[] {
  return Array.from(sdp.matchAll(/([^\r\n]*)(\r\n|\n|\r|$)/g), ([, text = '', end = '']) => ({ text, end })).filter(
    (line) => line.text !== '' || line.end !== '',
  );
}

function splitSections(lines: readonly Line[]): Line[][] {
  const sections: Line[][] = [[]];
  for (const line of lines) {
    if (line.text.startsWith('m=')) sections.push([]);
    sections.at(-1)?.push(line);
  }
  return sections;
}

function rewriteSection(lines: Line[], index: number, context: Context): { lines: Line[]; learned: LearnedSection } {
  const media = /^m=(\S+) (\d+)((?:\/\d+)?) (\S+)(.*)$/.exec(lines[0]?.text ?? '');
  const learned = learnSection(lines, index, media?.[1] ?? '', context);
  if (!media || media[2] === '0') return { lines, learned };
  if (!OVER_UDP.test(media[4] ?? '')) return { lines: withOwnConnection(lines, context), learned };
  const place = placeOf(lines, Number(media[2]), context);
  const withPort = (port: number): Line[] => {
    const [, kind, , count, protocol, formats] = media;
    return [{ text: `m=${kind} ${port}${count} ${protocol}${formats}`, end: lines[0]?.end ?? '' }, ...lines.slice(1)];
  };
  if (place.kind === 'none-yet') return { lines: withoutCandidates(lines), learned };
  const relay =
    place.kind === 'elsewhere'
      ? undefined
      : relayFor(place.rtp ?? { address: `m-line ${index}`, port: 0 }, index, context);
  const addresses = relay === undefined ? undefined : context.relays[relay];
  if (relay === undefined || addresses === undefined || place.kind !== 'here') {
    return { lines: withoutCandidates(withPort(0)), learned };
  }
  return {
    lines: withPort(addresses.rtp.port).flatMap((line) => rewriteLine(line, addresses, place)),
    learned: { ...learned, relay, rtp: place.rtp, rtcp: place.rtcp },
  };
}

function learnSection(lines: Line[], index: number, kind: string, context: Context): LearnedSection {
  const attributes = (name: string): string[] =>
    lines.flatMap((line) => (line.text.startsWith(`a=${name}:`) ? [line.text.slice(name.length + 3)] : []));
  const rates = attributes('rtpmap').flatMap((value) => {
    const match = /^(\d+) [^/]+\/(\d+)/.exec(value);
    return match ? [[Number(match[1]), Number(match[2])] as const] : [];
  });
  return {
    index,
    kind,
    relay: undefined,
    rtp: undefined,
    rtcp: undefined,
    ice: context.sessionIce || attributes('ice-ufrag').length > 0,
    clockRatesHz: new Map([...STATIC_CLOCK_RATES.filter(([type]) => formatsOf(lines).includes(type)), ...rates]),
    crypto: attributes('crypto'),
  };
}

function formatsOf(lines: Line[]): number[] {
  return (lines[0]?.text.split(' ').slice(3) ?? []).map(Number);
}

/** Where an m-line's owner wants its packets. */
type Place =
  | {
      readonly kind: 'here';
      /** Undefined on hold (`c=IN IP4 0.0.0.0`). */
      readonly rtp: TransportAddress | undefined;
      readonly rtcp: TransportAddress | undefined;
      /** The candidate lines that stay, one a component. */
      readonly kept: ReadonlySet<string>;
      readonly muxedRtcpPort: boolean;
    }
  /** ICE without a candidate that we could relay, and a placeholder for an address: RFC 8840 §4.1.1. */
  | { readonly kind: 'none-yet' }
  /** An address that is not of this host or not of the relay's family. */
  | { readonly kind: 'elsewhere' };

function placeOf(lines: Line[], port: number, context: Context): Place {
  const family = familyOf(context.relays[0]?.rtp.address ?? '127.0.0.1');
  const candidates = lines.flatMap((line) => parseCandidate(line.text) ?? []).filter((one) => canRelay(one, family));
  const best = (component: number): Candidate | undefined =>
    candidates.filter((one) => one.component === component).sort(byReach)[0];
  const [first, second] = [best(1), best(2)];
  const kept = new Set([first, second].flatMap((one) => (one ? [formatCandidate(one)] : [])));
  const connection = connectionAddress(lines) ?? context.sessionAddress;
  const rtcp = rtcpAttribute(lines);
  const muxedRtcpPort = rtcp?.port === port;
  if (first)
    return {
      kind: 'here',
      rtp: first,
      rtcp: second ?? { address: first.address, port: first.port + 1 },
      kept,
      muxedRtcpPort,
    };
  if (port === 9) return { kind: 'none-yet' };
  if (connection === '0.0.0.0' || connection === '::')
    return { kind: 'here', rtp: undefined, rtcp: undefined, kept, muxedRtcpPort };
  if (connection === undefined || familyOf(connection) !== family || !isOwnAddress(connection) || port > 65_535) {
    return { kind: 'elsewhere' };
  }
  const rtcpPlace = { address: rtcp?.address ?? connection, port: rtcp?.port ?? port + 1 };
  const safeRtcp =
    isOwnAddress(rtcpPlace.address) && rtcpPlace.port > 0 && rtcpPlace.port <= 65_535 ? rtcpPlace : undefined;
  return { kind: 'here', rtp: { address: connection, port }, rtcp: safeRtcp, kept, muxedRtcpPort };
}

function canRelay(candidate: Candidate, family: 4 | 6): boolean {
  return (
    candidate.transport.toLowerCase() === 'udp' &&
    candidate.type === 'host' &&
    isIP(candidate.address) === family &&
    isOwnAddress(candidate.address)
  );
}

function byReach(a: Candidate, b: Candidate): number {
  return Number(isLoopback(b.address)) - Number(isLoopback(a.address)) || b.priority - a.priority;
}

/** The relay of an m-line: the one that its transport has already, where it is bundled, or its own. */
function relayFor(
  { address, port }: TransportAddress,
  index: number,
  { assigned, relays }: Context,
): number | undefined {
  const key = `${address} ${port}`;
  const relay = assigned.get(key) ?? index;
  if (relays[relay] === undefined) return undefined;
  assigned.set(key, relay);
  return relay;
}

function rewriteLine(line: Line, relay: RelayAddresses, place: Place & { kind: 'here' }): Line[] {
  const { text, end } = line;
  if (text.startsWith('c=')) return [rewriteConnection(line, relay.rtp.address, place.kept.size > 0)];
  if (text.startsWith('a=rtcp:')) return [{ text: rewriteRtcp(text, relay, place.muxedRtcpPort), end }];
  if (text.startsWith('a=remote-candidates:')) return [];
  if (!text.startsWith('a=candidate:')) return [line];
  const candidate = parseCandidate(text);
  if (!candidate || !place.kept.has(formatCandidate(candidate))) return [];
  const { address, port } = candidate.component === 1 ? relay.rtp : relay.rtcp;
  return [{ text: formatCandidate({ ...candidate, address, port }), end }];
}

/** An m-line that is not relayed keeps the session's address when that is rewritten: as its own, after `m=` and `i=` (RFC 8866 §5). */
function withOwnConnection(lines: Line[], { sessionConnection }: Context): Line[] {
  if (!sessionConnection || lines.some((line) => line.text.startsWith('c='))) return lines;
  const after = lines[1]?.text.startsWith('i=') ? 2 : 1;
  return lines.toSpliced(after, 0, sessionConnection);
}

function withoutCandidates(lines: Line[]): Line[] {
  return lines.filter((line) => !line.text.startsWith('a=candidate:') && !line.text.startsWith('a=remote-candidates:'));
}

/** On hold (all zeros) the address stays, unless a candidate takes its place. */
function rewriteConnection(line: Line, address: string, alsoZero = false): Line {
  const match = /^c=IN IP[46] (\S+)$/.exec(line.text);
  if (!match || (!alsoZero && (match[1] === '0.0.0.0' || match[1] === '::'))) return line;
  return { text: `c=IN IP${familyOf(address)} ${address}`, end: line.end };
}

/** RFC 3605 §2.1; port 9 with an address of zeros is a placeholder that stays. */
function rewriteRtcp(text: string, relay: RelayAddresses, muxed: boolean): string {
  const match = /^a=rtcp:(\d+)( IN IP[46] \S+)?$/.exec(text);
  if (!match || match[1] === '9') return text;
  const { address, port } = muxed ? relay.rtp : relay.rtcp;
  return `a=rtcp:${port}${match[2] ? ` IN IP${familyOf(address)} ${address}` : ''}`;
}

function rtcpAttribute(lines: Line[]): { port: number; address: string | undefined } | undefined {
  for (const { text } of lines) {
    const match = /^a=rtcp:(\d+)(?: IN IP[46] (\S+))?$/.exec(text);
    if (match && match[1] !== '9')
      return { port: Number(match[1]), address: isIP(match[2] ?? '') ? match[2] : undefined };
  }
  return undefined;
}

/** The address of the first `c=` line that holds a literal; the TTL and count of multicast make it none. */
function connectionAddress(lines: Line[]): string | undefined {
  for (const { text } of lines) {
    const address = /^c=IN IP[46] (\S+)$/.exec(text)?.[1];
    if (address !== undefined && isIP(address) !== 0) return address;
  }
  return undefined;
}
