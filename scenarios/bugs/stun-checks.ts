import { type Exchange, NoEvidence } from '@plugfest/probe';
import { demultiplex } from '@plugfest/rtp';

/** @see RFC 8489 §5, §18.3; RFC 8445 §16.1 */
export const STUN = { bindingRequest: 0x0001, useCandidate: 0x0025, iceControlled: 0x8029, iceControlling: 0x802a };
const HEADER_BYTES = 20;

/** Types of the attributes of a STUN message, in order. */
export function stunAttributesOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const types: number[] = [];
  for (let at = HEADER_BYTES; at + 4 <= bytes.length; at += 4 + ((view.getUint16(at + 2) + 3) & ~3))
    types.push(view.getUint16(at));
  return types;
}

/** The connectivity checks that came. @throws {NoEvidence} where none did */
export function someChecks(exchange: Exchange): Uint8Array[] {
  const checks = exchange.packets.flatMap(({ way, bytes }) =>
    way === 'received' && demultiplex(bytes) === 'stun' && bytes[0] === 0 && bytes[1] === STUN.bindingRequest
      ? [bytes]
      : [],
  );
  if (checks.length === 0) throw new NoEvidence('no connectivity check came');
  return checks;
}
