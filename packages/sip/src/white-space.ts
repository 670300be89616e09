/** Without SP and HT at both ends. `String.trim` would also take 0xA0 and 0x85, which are bytes of UTF-8 text here. */
export function trimSpace(text: string, from = 0, to = text.length): string {
  let start = from;
  let end = to;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9;
}
