import { type CharacterClass, PARAMETER_VALUE, TOKEN } from './character-class.ts';

const QUOTE = 34;
const BACKSLASH = 92;

/** A cursor over a header value: every method looks at each character at most once and returns undefined where it finds something else. */
export class HeaderScanner {
  readonly text: string;
  position: number;

  constructor(text: string, position = 0) {
    this.text = text;
    this.position = position;
  }

  get atEnd(): boolean {
    return this.position >= this.text.length;
  }

  /** The character code at the cursor, NaN at the end. */
  peek(): number {
    return this.text.charCodeAt(this.position);
  }

  skipSpace(): void {
    const { text } = this;
    let at = this.position;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code !== 32 && code !== 9 && code !== 13 && code !== 10) break;
    }
    this.position = at;
  }

  /** Steps over `character` if it is next. */
  take(character: string): boolean {
    if (this.text.charCodeAt(this.position) !== character.charCodeAt(0)) return false;
    this.position++;
    return true;
  }

  run(members: CharacterClass): string | undefined {
    const { text, position } = this;
    let end = position;
    while (end < text.length && members[text.charCodeAt(end)] === 1) end++;
    this.position = end;
    return end > position ? text.slice(position, end) : undefined;
  }

  token(): string | undefined {
    return this.run(TOKEN);
  }

  /** A quoted string with its quotes and escapes. */
  quotedString(): string | undefined {
    if (this.peek() !== QUOTE) return undefined;
    for (let i = this.position + 1; i < this.text.length; i++) {
      const code = this.text.charCodeAt(i);
      if (code === BACKSLASH) i++;
      else if (code === QUOTE) {
        const quoted = this.text.slice(this.position, i + 1);
        this.position = i + 1;
        return quoted;
      }
    }
    return undefined;
  }

  /** The value of a generic parameter: quoted string, token or host. */
  parameterValue(): string | undefined {
    return this.peek() === QUOTE ? this.quotedString() : this.run(PARAMETER_VALUE);
  }
}

/** `"a \"b\""` → `a "b"`; what is not quoted stays. */
export function unquote(text: string): string {
  if (text.length < 2 || text[0] !== '"' || text[text.length - 1] !== '"') return text;
  if (!text.includes('\\')) return text.slice(1, -1);
  let plain = '';
  for (let i = 1; i < text.length - 1; i++) {
    if (text[i] === '\\' && i < text.length - 2) i++;
    plain += text[i];
  }
  return plain;
}

/** `a "b"` → `"a \"b\""`. */
export function quote(text: string): string {
  let quoted = '"';
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? '';
    quoted += character === '"' || character === '\\' ? `\\${character}` : character;
  }
  return `${quoted}"`;
}
