import { err, ok, type ParseFault, type Result } from '@plugfest/model';

/** An element of a document. Names are as written, prefix and all: `localName` takes it off. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** All character data in it, that of its children left out. */
  readonly text: string;
}

/** What a document may have; bodies of SIP are small. */
export const XML_LIMITS = {
  /** UTF-16 units of the document. */
  characters: 256_000,
  depth: 32,
  elements: 10_000,
  attributesOfAnElement: 64,
  charactersOfAName: 256,
} as const;

const SECTION = 'XML 1.0';
/** The only entities: a document type, which could define more, is refused. @see https://www.w3.org/TR/xml/#sec-predefined-ent */
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', apos: "'", quot: '"' };
/** The longest reference that means anything: `&#x10FFFF;`, leading zeros granted. */
const MAX_REFERENCE = 16;

interface OpenElement {
  readonly name: string;
  readonly attributes: Map<string, string>;
  readonly children: XmlElement[];
  readonly text: string[];
}

/** A fault on its way out of the reader. */
class Misread {
  readonly fault: ParseFault;
  constructor(code: string, offset: number, text: string) {
    this.fault = { code, offset, section: SECTION, text };
  }
}

/**
 * Reads a document of a peer's: elements, attributes, text, CDATA. Without document types there are no entities to grow and nothing outside to fetch;
 * every character is looked at a fixed number of times, and depth is a list, not the call stack. Not validated: namespaces, the characters of names.
 */
export function readXml(text: string): Result<XmlElement, ParseFault> {
  if (text.length > XML_LIMITS.characters)
    return err({
      code: 'xml-too-large',
      offset: XML_LIMITS.characters,
      section: SECTION,
      text: 'the document is too large',
    });
  try {
    return ok(new XmlReader(text).read());
  } catch (fault) {
    if (fault instanceof Misread) return err(fault.fault);
    throw fault;
  }
}

/** A name without its prefix. */
export function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** All elements of that local name in the document, in its order, the root included. */
export function elementsNamed(root: XmlElement, name: string): XmlElement[] {
  const found: XmlElement[] = [];
  const waiting = [root];
  for (let element = waiting.pop(); element !== undefined; element = waiting.pop()) {
    if (localName(element.name) === name) found.push(element);
    waiting.push(...element.children.toReversed());
  }
  return found;
}

class XmlReader {
  readonly #text: string;
  readonly #open: OpenElement[] = [];
  #at = 0;
  #elements = 0;
  #root: XmlElement | undefined;

  constructor(text: string) {
    this.#text = text;
    if (text.startsWith('\ufeff')) this.#at = 1;
  }

  read(): XmlElement {
    while (this.#at < this.#text.length) {
      if (this.#text[this.#at] === '<') this.#readMarkup();
      else this.#readText();
    }
    if (this.#root === undefined || this.#open.length > 0) this.#fail('xml-unfinished', 'an element is not closed');
    return this.#root as XmlElement;
  }

  #readMarkup(): void {
    const text = this.#text;
    if (text.startsWith('<!--', this.#at)) this.#skipTo('-->', 4);
    else if (text.startsWith('<?', this.#at)) this.#skipTo('?>', 2);
    else if (text.startsWith('<![CDATA[', this.#at)) this.#readCdata();
    else if (text.startsWith('<!', this.#at)) this.#fail('xml-doctype', 'a document type is not taken');
    else if (text.startsWith('</', this.#at)) this.#readEnd();
    else this.#readStart();
  }

  #readText(): void {
    const end = this.#text.indexOf('<', this.#at);
    const raw = this.#text.slice(this.#at, end < 0 ? this.#text.length : end);
    const current = this.#open.at(-1);
    if (current !== undefined) current.text.push(this.#resolved(raw));
    else if (raw.trim() !== '') this.#fail('xml-outside', 'text outside the root element');
    this.#at += raw.length;
  }

  #readCdata(): void {
    const start = this.#at + 9;
    const current = this.#open.at(-1);
    if (current === undefined) this.#fail('xml-outside', 'CDATA outside the root element');
    this.#skipTo(']]>', 9);
    current?.text.push(this.#text.slice(start, this.#at - 3));
  }

  #readStart(): void {
    if (this.#open.length === 0 && this.#root !== undefined) this.#fail('xml-outside', 'a second root element');
    if (this.#open.length >= XML_LIMITS.depth) this.#fail('xml-too-deep', 'elements are nested too deep');
    if (++this.#elements > XML_LIMITS.elements) this.#fail('xml-too-large', 'too many elements');
    this.#at++;
    const name = this.#readName();
    const attributes = this.#readAttributes();
    const isEmpty = this.#text[this.#at] === '/';
    if (isEmpty) this.#at++;
    if (this.#text[this.#at] !== '>') this.#fail('xml-syntax', 'a tag is not closed');
    this.#at++;
    this.#open.push({ name, attributes, children: [], text: [] });
    if (isEmpty) this.#close();
  }

  #readEnd(): void {
    this.#at += 2;
    const name = this.#readName();
    this.#skipSpace();
    if (this.#text[this.#at] !== '>' || this.#open.at(-1)?.name !== name)
      this.#fail('xml-syntax', 'an end tag without its start');
    this.#at++;
    this.#close();
  }

  #close(): void {
    const closed = this.#open.pop();
    if (closed === undefined) return;
    const { name, attributes, children, text } = closed;
    const element = { name, attributes, children, text: text.join('') };
    const parent = this.#open.at(-1);
    if (parent === undefined) this.#root = element;
    else parent.children.push(element);
  }

  #readAttributes(): Map<string, string> {
    const attributes = new Map<string, string>();
    while (this.#skipSpace()) {
      const next = this.#text[this.#at];
      if (next === '>' || next === '/' || next === undefined) break;
      if (attributes.size >= XML_LIMITS.attributesOfAnElement) this.#fail('xml-too-large', 'too many attributes');
      const name = this.#readName();
      if (attributes.has(name)) this.#fail('xml-syntax', 'an attribute twice');
      attributes.set(name, this.#readValue());
    }
    return attributes;
  }

  #readValue(): string {
    this.#skipSpace();
    if (this.#text[this.#at] !== '=') this.#fail('xml-syntax', 'an attribute without a value');
    this.#at++;
    this.#skipSpace();
    const quote = this.#text[this.#at];
    const end = quote === '"' || quote === "'" ? this.#text.indexOf(quote, this.#at + 1) : -1;
    if (end < 0) this.#fail('xml-syntax', 'an attribute value is not quoted');
    const raw = this.#text.slice(this.#at + 1, end);
    if (raw.includes('<')) this.#fail('xml-syntax', 'a < in an attribute value');
    this.#at = end + 1;
    return this.#resolved(raw.replaceAll(/[\t\r\n]/g, ' '));
  }

  #readName(): string {
    const start = this.#at;
    while (this.#at < this.#text.length && !isNameEnd(this.#text.charCodeAt(this.#at))) this.#at++;
    const length = this.#at - start;
    if (length === 0 || length > XML_LIMITS.charactersOfAName)
      this.#fail('xml-syntax', 'a name is missing or too long');
    return this.#text.slice(start, this.#at);
  }

  /** Whether there was any. */
  #skipSpace(): boolean {
    const start = this.#at;
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at++;
    return this.#at > start;
  }

  #skipTo(mark: string, from: number): void {
    const end = this.#text.indexOf(mark, this.#at + from);
    if (end < 0) this.#fail('xml-unfinished', `${mark} is missing`);
    this.#at = end + mark.length;
  }

  /** With references resolved, each once. */
  #resolved(raw: string): string {
    if (!raw.includes('&')) return raw;
    const parts: string[] = [];
    let at = 0;
    for (let amp = raw.indexOf('&'); amp >= 0; amp = raw.indexOf('&', at)) {
      const reference = /^&([^;&]*);/.exec(raw.slice(amp, amp + MAX_REFERENCE))?.[1];
      const character = reference === undefined ? undefined : characterOf(reference);
      if (reference === undefined || character === undefined)
        this.#fail('xml-entity', 'a reference to an unknown entity');
      parts.push(raw.slice(at, amp), character ?? '');
      at = amp + (reference ?? '').length + 2;
    }
    parts.push(raw.slice(at));
    return parts.join('');
  }

  #fail(code: string, text: string): never {
    throw new Misread(code, this.#at, text);
  }
}

function characterOf(reference: string): string | undefined {
  const named = Object.hasOwn(ENTITIES, reference) ? ENTITIES[reference] : undefined;
  if (named !== undefined) return named;
  const [, hexadecimal, decimal] = /^#(?:x([0-9a-fA-F]+)|([0-9]+))$/.exec(reference) ?? [];
  if (hexadecimal === undefined && decimal === undefined) return undefined;
  const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
  return isXmlCharacter(code) ? String.fromCodePoint(code) : undefined;
}

/** @see https://www.w3.org/TR/xml/#charsets */
function isXmlCharacter(code: number): boolean {
  if (code < 32) return code === 9 || code === 10 || code === 13;
  return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) && code !== 0xfffe && code !== 0xffff;
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9 || code === 10 || code === 13;
}

/** White space, `<`, `>`, `/`, `=`, quotation marks, `&`. */
function isNameEnd(code: number): boolean {
  return (
    isSpace(code) ||
    code === 60 ||
    code === 62 ||
    code === 47 ||
    code === 61 ||
    code === 34 ||
    code === 39 ||
    code === 38
  );
}
