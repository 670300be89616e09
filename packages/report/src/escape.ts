const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text for HTML or XML, in content and in quoted attributes. Characters that XML 1.0 forbids become U+FFFD. */
export function escapeMarkup(text: string): string {
  return [...text]
    .map((character) => (isXmlCharacter(character) ? (ENTITIES[character] ?? character) : '\ufffd'))
    .join('');
}

/** XML 1.0 §2.2: tab, line feed, carriage return, and what is not a control, surrogate or non-character. */
function isXmlCharacter(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  return !(code >= 0xd800 && code <= 0xdfff) && code !== 0xfffe && code !== 0xffff;
}

// JSON.stringify writes half a surrogate pair, and nothing else, as such an escape.
const LONE_SURROGATE = /(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g;

/** JSON that can stand inside a `<script>` element: nothing in it can end the element or open a comment. Half surrogate pairs become U+FFFD. */
export function jsonForScript(value: unknown): string {
  return JSON.stringify(value)
    .replace(LONE_SURROGATE, '$1\\ufffd')
    .replaceAll('<', '\\u003c')
    .replaceAll('>', '\\u003e')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}
