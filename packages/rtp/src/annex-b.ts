/** NAL unit types that this package acts on. @see ITU-T H.264 Table 7-1, RFC 6184 Table 1 */
export const NAL = {
  slice: 1,
  idr: 5,
  sei: 6,
  sps: 7,
  pps: 8,
  accessUnitDelimiter: 9,
  endOfSequence: 10,
  endOfStream: 11,
  filler: 12,
  stapA: 24,
  fuA: 28,
  pacsi: 30,
} as const;

export function nalType(unit: Uint8Array): number {
  return (unit[0] ?? 0) & 0x1f;
}

const START_CODE = Buffer.from([0, 0, 1]);

/** NAL units of an Annex B stream, without start codes and zeros around, as views. */
export function splitAnnexB(stream: Uint8Array): Uint8Array[] {
  const buffer = Buffer.from(stream.buffer, stream.byteOffset, stream.byteLength);
  const units: Uint8Array[] = [];
  let start = buffer.indexOf(START_CODE);
  while (start !== -1) {
    const next = buffer.indexOf(START_CODE, start + 3);
    let end = next === -1 ? stream.length : next;
    while (end > start + 3 && stream[end - 1] === 0) end--;
    if (end > start + 3) units.push(stream.subarray(start + 3, end));
    start = next;
  }
  return units;
}
