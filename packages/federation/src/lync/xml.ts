import { ok, type ParseFault, type Result } from '@plugfest/model';
import { type XmlElement as ReadElement, readXml } from '@plugfest/sip';

/** An element as written: names keep their prefixes, `text` is that of the element itself. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

/** The root element of a peer's body. Faults and bounds are those of `readXml`: document types are refused, size, depth and numbers are limited. */
export function parseXml(body: Uint8Array): Result<XmlElement, ParseFault> {
  const read = readXml(Buffer.from(body).toString('utf8'));
  return read.ok ? ok(elementOf(read.value)) : read;
}

function elementOf({ name, attributes, children, text }: ReadElement): XmlElement {
  return { name, attributes: Object.fromEntries(attributes), children: children.map(elementOf), text };
}

/** The name without its prefix. */
export function localName({ name }: XmlElement): string {
  return name.slice(name.indexOf(':') + 1);
}

/** Children of that name, prefixes not looked at. */
export function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => localName(child) === name);
}

/** The first element down the path. */
export function descend(element: XmlElement, ...path: readonly string[]): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>((at, name) => at && childrenOf(at, name)[0], element);
}

export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');
}

export function formatXml({ name, attributes, children, text }: XmlElement): string {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`);
  const inner = escapeXml(text) + children.map(formatXml).join('');
  return `<${name}${given.join('')}${inner === '' ? '/>' : `>${inner}</${name}>`}`;
}
