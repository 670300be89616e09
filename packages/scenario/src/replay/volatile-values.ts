/** What two good runs of the same scenario never share, each pattern with what stays in its groups. */
const VOLATILE: readonly (readonly [pattern: RegExp, stays: string])[] = [
  // RFC 3261 §8.1.1.4, §19.3, §8.1.1.7: Call-ID, tags, branches
  [/^(Call-ID|i)([ \t]*:[ \t]*)[^\r\n]+/gim, '$1$2*'],
  [/(;(?:tag|from-tag|to-tag|branch|rport|received|epid|gruu|opaque|ms-received-\w+)=)[^;,>\s"]+/gi, '$1*'],
  [/\b((?:c?nonce|response|opaque|rspauth)=)"[^"]*"/gi, '$1"*"'],
  [/^((?:RAck|RSeq|Date|Timestamp|Content-Length|l)[ \t]*:)[^\r\n]*/gim, '$1 *'],
  [/(<\w{8,}\.\w+@|\bboundary=)"?[\w.'()+_,/:=?-]+"?/gi, '$1*'],
  [/((?:\d{1,3}\.){3}\d{1,3}|\[[0-9a-f:]+\]):\d{2,5}/gi, '$1:*'],
  [/^(CSeq[ \t]*:[ \t]*)\d+/gim, '$1*'],
  // RFC 7118 §5: what a browser calls itself
  [/(\bsips?:)[a-z0-9]+@[a-z0-9]+\.invalid/gi, '$1*@*.invalid'],
  [/[a-z0-9]{6,}\.invalid/gi, '*.invalid'],
  // RFC 8866 §5.2, §5.14, RFC 8839 §5, RFC 4568 §6.1, RFC 8122 §5, RFC 5576 §4.1, RFC 8830
  [/^(o=\S+ )\d+ \d+/gm, '$1* *'],
  [/^(m=\w+ )(?!0\b)\d+/gm, '$1*'],
  [/^(a=rtcp:)\d+/gm, '$1*'],
  [/^(a=ice-(?:ufrag|pwd):)\S+/gm, '$1*'],
  [/^(a=candidate:)[^\r\n]*/gm, '$1*'],
  [/\b(inline:)\S+/g, '$1*'],
  [/^(a=fingerprint:\S+ )\S+/gm, '$1*'],
  [/^(a=ssrc(?:-group:\w+ |:))\d+(?: \d+)*/gm, '$1*'],
  [/^(a=(?:msid|msid-semantic|tls-id|x-ssrc-range)[: ])[^\r\n]*/gm, '$1*'],
  [/^(a=ssrc:\* (?:msid|cname|mslabel|label):)[^\r\n]*/gm, '$1*'],
];

/** A message with what differs from run to run overwritten. */
export function steadyText(message: string): string {
  return VOLATILE.reduce((text, [pattern, stays]) => text.replace(pattern, stays), message);
}
