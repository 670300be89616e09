/** Distance from `from` to `to` on the circle of 16-bit sequence numbers: -32768..32767, positive where `to` is newer. */
export function sequenceDistance(from: number, to: number): number {
  return ((to - from) << 16) >> 16;
}

/** The same for 32-bit timestamps. */
export function timestampDistance(from: number, to: number): number {
  return (to - from) | 0;
}
