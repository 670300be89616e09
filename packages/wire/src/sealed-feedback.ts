const RTCP_TYPES = { first: 192, last: 223 } as const;
const REPORTS: readonly number[] = [200, 201];
const HEADER_BYTES = 4;

/**
 * An SRTCP packet of reduced size: feedback without a report before it, whose body is encrypted. Its first eight octets are in the clear, so that its type is known; that it is
 * encrypted is known by what follows its stated length, which is no RTCP packet (index and tag). Wireshark 4.0 takes the ciphertext of such a packet for feedback.
 * @see RFC 5506 §3.4.3; RFC 3711 §3.4
 */
export function isSealedFeedback(payload: Uint8Array): boolean {
  const type = payload[1] ?? 0;
  if (type < RTCP_TYPES.first || type > RTCP_TYPES.last || REPORTS.includes(type)) return false;
  return (payload[0] ?? 0) >> 6 === 2 && !isCompound(payload);
}

/** Whole packets one after the other, up to the end. @see RFC 3550 §6.1 */
function isCompound(payload: Uint8Array): boolean {
  let at = 0;
  while (at + HEADER_BYTES <= payload.length) {
    const type = payload[at + 1] ?? 0;
    if ((payload[at] ?? 0) >> 6 !== 2 || type < RTCP_TYPES.first || type > RTCP_TYPES.last) return false;
    at += HEADER_BYTES * (1 + (((payload[at + 2] ?? 0) << 8) | (payload[at + 3] ?? 0)));
  }
  return at === payload.length;
}
