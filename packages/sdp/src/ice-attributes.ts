import { attribute, attributes, inheritedAttribute, words } from './attribute.ts';
import type { IceCandidate } from './ice-candidate.ts';
import type { IceParameters } from './negotiated-media.ts';
import { readNumber } from './parse-sdp.ts';
import type { MediaDescription, SessionDescription } from './session-description.ts';

/** More candidates of one m-line are passed over. */
export const MAX_CANDIDATES = 100;

/** The peer's ICE parameters for an m-line; undefined where it has none. Candidates that cannot be read are passed over. */
export function iceParameters(media: MediaDescription, session: SessionDescription): IceParameters | undefined {
  const ufrag = inheritedAttribute(media, session, 'ice-ufrag');
  const pwd = inheritedAttribute(media, session, 'ice-pwd');
  if (ufrag === undefined || pwd === undefined || ufrag.length > 256 || pwd.length > 256) return undefined;
  const candidates: IceCandidate[] = [];
  for (const value of attributes(media, 'candidate')) {
    const candidate = parseCandidate(value);
    if (candidate !== undefined && candidates.length < MAX_CANDIDATES) candidates.push(candidate);
  }
  return {
    ufrag,
    pwd,
    candidates,
    lite: attribute(session, 'ice-lite') !== undefined,
    endOfCandidates: inheritedAttribute(media, session, 'end-of-candidates') !== undefined,
  };
}

/**
 * Reads the value of an `a=candidate`; undefined for what is not one, such as the draft-6 form of old Lync clients.
 * The address is as given: it may be a name, and nobody should resolve it unasked. @see RFC 8839 §5.1
 */
export function parseCandidate(value: string): IceCandidate | undefined {
  const [foundation, componentText, transport, priorityText, address, portText, typ, type, ...rest] = words(value);
  const component = readNumber(componentText, 256);
  const priority = readNumber(priorityText, 2 ** 32 - 1);
  const port = readNumber(portText, 65_535);
  if (foundation === undefined || transport === undefined || address === undefined || type === undefined) {
    return undefined;
  }
  if (component === undefined || priority === undefined || port === undefined || typ !== 'typ') return undefined;
  const extensions = new Map<string, string>();
  for (let at = 0; at + 1 < rest.length; at += 2) extensions.set(rest[at] ?? '', rest[at + 1] ?? '');
  return {
    foundation,
    component,
    transport: transport.toLowerCase(),
    priority,
    address,
    port,
    type,
    relatedAddress: extensions.get('raddr'),
    relatedPort: readNumber(extensions.get('rport'), 65_535),
    tcpType: extensions.get('tcptype'),
  };
}

/** The twin of `parseCandidate`. */
export function formatCandidate(candidate: IceCandidate): string {
  const { foundation, component, transport, priority, address, port, type } = candidate;
  const parts = [foundation, component, transport, priority, address, port, 'typ', type];
  if (candidate.relatedAddress !== undefined) parts.push('raddr', candidate.relatedAddress);
  if (candidate.relatedPort !== undefined) parts.push('rport', candidate.relatedPort);
  if (candidate.tcpType !== undefined) parts.push('tcptype', candidate.tcpType);
  return parts.join(' ');
}
