/** Octets of a parsed message (one character a byte) → Unicode; bytes that are not UTF-8 become U+FFFD. */
export function unicodeOf(octets: string): string {
  return Buffer.from(octets, 'latin1').toString('utf8');
}

/** Unicode → octets (one character a byte) as they go into a message. */
export function octetsOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** What may stand in a line that we write: never CR or LF, so that nobody can smuggle a header in, and one character a byte. */
export function singleLine(text: string): string {
  let clean = true;
  for (let i = 0; i < text.length && clean; i++) {
    const code = text.charCodeAt(i);
    clean = code <= 0xff && code !== 13 && code !== 10;
  }
  if (clean) return text;
  let line = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code === 13 || code === 10) line += ' ';
    else line += code > 0xff ? octetsOf(character) : character;
  }
  return line;
}
