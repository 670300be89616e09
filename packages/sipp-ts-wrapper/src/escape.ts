/** An attribute value for SIPp's own XML reader: it knows four entities, and takes a backslash for an escape. */
export function escapeAttribute(value: string): string {
  return value
    .replaceAll('\\', '\\\\')
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t');
}

/**
 * Literal text for a CDATA section of SIPp, so that what is sent is what was given: `[` would open a keyword, `\x` an octet, `]]>` would end the
 * section, and blanks at the ends of lines would be taken out. Lines end in LF: SIPp sends CR LF.
 */
export function escapeText(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll('\\', octet('\\'))
    .replaceAll('[', octet('['))
    .replaceAll(']]>', `]]${octet('>')}`)
    .replaceAll('\r', octet('\r'))
    .replaceAll(/(?<=\n)[ \t]|[ \t](?=\n)/g, octet);
}

function octet(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`;
}
