const OFFERED_KEYS = /^a=crypto:[^\r\n]+/gm;
const MKI = /(inline:[^|\s;]+\|[^|\s;]+)\|(\d+:\d+)/g;

/**
 * A SIP message for the recording. Where a description offers keys with and without a Master Key Identifier, Wireshark (4.0) takes the identifier's length for that of each of them, looks for
 * the end of every SRTCP packet in the wrong place, and reads ciphertext as reports. There a space stands for the bar before the identifier: it can be read, and lengths stay.
 * @see RFC 4568 §6.1
 */
export function withMkiApart(sip: string): string {
  const keys = sip.match(OFFERED_KEYS) ?? [];
  const named = keys.filter((key) => key.search(MKI) >= 0).length;
  if (named === 0 || named === keys.length) return sip;
  return sip.replace(OFFERED_KEYS, (line) => line.replace(MKI, '$1 $2'));
}
