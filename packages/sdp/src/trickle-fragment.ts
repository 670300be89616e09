import { err, ok, type ParseFault, type Result } from '@plugfest/model';
import { formatCandidate, MAX_CANDIDATES, parseCandidate } from './ice-attributes.ts';
import type { IceCandidate } from './ice-candidate.ts';
import { SDP_LIMITS } from './parse-sdp.ts';

/** What `application/trickle-ice-sdpfrag` says of one bundled ICE session: its credentials and candidates. @see RFC 8840 §9 */
export interface TrickleFragment {
  readonly ufrag: string;
  readonly pwd: string;
  readonly candidates: readonly IceCandidate[];
  readonly endOfCandidates: boolean;
}

/** The m-line that a fragment hangs on: the first of the bundle. */
export interface TaggedLine {
  readonly kind: string;
  readonly protocol: string;
  readonly mid: string;
}

/**
 * Reads a fragment. Of several m-sections all candidates count, for they are of one bundle; candidates that cannot be read are passed over. Faults are `too-large`,
 * `malformed-line`, `missing-credentials`, `malformed-credentials`, `several-credentials`. Linear in the text's length.
 */
export function parseTrickleFragment(text: string): Result<TrickleFragment, ParseFault> {
  if (text.length > SDP_LIMITS.bytes)
    return fault('too-large', `more than ${SDP_LIMITS.bytes} bytes`, SDP_LIMITS.bytes);
  const ufrags = new Set<string>();
  const pwds = new Set<string>();
  const candidates: IceCandidate[] = [];
  let endOfCandidates = false;
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (line === '') continue;
    if (line[1] !== '=') return fault('malformed-line', 'a line is not <type>=<value>', text.indexOf(line));
    const [, name = '', value = ''] = /^a=([^:]*):?(.*)$/.exec(line) ?? [];
    if (name === 'ice-ufrag') ufrags.add(value.trimEnd());
    else if (name === 'ice-pwd') pwds.add(value.trimEnd());
    else if (name === 'end-of-candidates') endOfCandidates = true;
    const candidate = name === 'candidate' ? parseCandidate(value) : undefined;
    if (candidate && candidates.length < MAX_CANDIDATES) candidates.push(candidate);
  }
  const credentials = credentialsOf(ufrags, pwds);
  return credentials.ok ? ok({ ...credentials.value, candidates, endOfCandidates }) : credentials;
}

/** One pair, of the lengths that ICE wants. @see RFC 8839 §5.4 */
function credentialsOf(ufrags: ReadonlySet<string>, pwds: ReadonlySet<string>) {
  const [[ufrag], [pwd]] = [[...ufrags], [...pwds]];
  if (ufrag === undefined || pwd === undefined) return fault('missing-credentials', 'no a=ice-ufrag and a=ice-pwd');
  if (ufrags.size > 1 || pwds.size > 1) return fault('several-credentials', 'a bundle has one pair of credentials');
  if (!/^[\w+/]{4,256}$/.test(ufrag) || !/^[\w+/]{22,256}$/.test(pwd)) {
    return fault('malformed-credentials', 'a=ice-ufrag has 4 to 256 characters, a=ice-pwd 22 to 256');
  }
  return ok({ ufrag, pwd });
}

function fault(code: string, text: string, offset = -1): Result<never, ParseFault> {
  return err({ code, offset, section: 'RFC 8840 §9', text });
}

/** Writes a fragment, credentials at the session's level. */
export function formatTrickleFragment(fragment: TrickleFragment, { kind, protocol, mid }: TaggedLine): string {
  const lines = [
    `a=ice-ufrag:${fragment.ufrag}`,
    `a=ice-pwd:${fragment.pwd}`,
    `m=${kind} 9 ${protocol} 0`,
    `a=mid:${mid}`,
    ...fragment.candidates.map((candidate) => `a=candidate:${formatCandidate(candidate)}`),
    ...(fragment.endOfCandidates ? ['a=end-of-candidates'] : []),
  ];
  return `${lines.join('\r\n')}\r\n`;
}
