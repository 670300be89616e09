/** What a link holds by itself. */
export interface HeldContent {
  /** With its parameters. */
  readonly contentType: string;
  readonly content: string;
}

/** A link that holds its content, as UCWA carries offers and messages. @see RFC 2397 */
export function dataLink({ contentType, content }: HeldContent): string {
  return `data:${contentType.replaceAll(/;\s+/g, ';').replaceAll('"', '%22')},${encodeURIComponent(content)}`;
}

/** What a peer's link holds; undefined where it is no `data:` link, or what is escaped in it is no UTF-8. */
export function heldIn(href: string): HeldContent | undefined {
  const comma = href.indexOf(',');
  if (!/^data:/i.test(href) || comma < 0) return undefined;
  try {
    const written = href.slice('data:'.length, comma);
    const content = href.slice(comma + 1);
    const isBase64 = /;base64$/i.test(written);
    const contentType = decodeURIComponent(written.replace(/;base64$/i, '')) || 'text/plain';
    if (/[\r\n]/.test(contentType)) return undefined;
    return {
      contentType,
      content: isBase64 ? Buffer.from(content, 'base64').toString('utf8') : decodeURIComponent(content),
    };
  } catch {
    return undefined;
  }
}
