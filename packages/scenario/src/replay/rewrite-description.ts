/** Where the played side takes its media now. */
export interface OwnMedia {
  readonly address: string;
  /** RTP by m-line; RTCP is at the next port. */
  readonly ports: readonly number[];
}

/** Candidates name places of then: without them media go to `c=` and `m=`. */
const OF_THEN = /^a=(?:candidate|remote-candidates|end-of-candidates|rtcp-mux-only)\b/;
const ADDRESS = /\bIN IP[46] \S+/;

/** A captured description with the addresses and ports of now; the rest to the letter. @see RFC 8866 §5.7, §5.14, RFC 3605 */
export function rewriteDescription(sdp: string, { address, ports }: OwnMedia): string {
  const family = address.includes(':') ? 'IP6' : 'IP4';
  let line = -1;
  const rewritten = sdp.split(/\r\n|\n/).flatMap((text) => {
    if (OF_THEN.test(text)) return [];
    const here = (of: string): string => of.replace(ADDRESS, `IN ${family} ${address}`);
    if (text.startsWith('o=')) return [here(text)];
    // 0.0.0.0 and :: say hold (RFC 3264 §8.4, old form): that stays.
    if (text.startsWith('c=')) return [/ (?:0\.0\.0\.0|::)(?:\/|\s*$)/.test(text) ? text : here(text)];
    if (text.startsWith('m=')) {
      line++;
      return [text.replace(/^(m=\S+ )(?!0\b)\d+/, `$1${ports[line] ?? 0}`)];
    }
    if (!/^a=rtcp:\d/.test(text)) return [text];
    return [here(text).replace(/^a=rtcp:\d+/, `a=rtcp:${(ports[line] ?? 0) + 1}`)];
  });
  return rewritten.join('\r\n');
}

/** How many m-lines a description has. */
export function countLines(sdp: string): number {
  return sdp.match(/^m=/gm)?.length ?? 0;
}
