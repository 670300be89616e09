import { err, ok, type ParseFault, type Result } from '@plugfest/model';
import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** An element as written: names keep their prefixes, `text` is that of the element itself. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

/** Bounds on what a peer may nest. */
const MAX_DEPTH = 24;
const PARSER = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
});
type OrderedNode = Record<string, unknown>;

/** The root element of a peer's body. Document types are refused: nobody of this world sends them, and entities are a way to hang a parser. */
export function parseXml(body: Uint8Array): Result<XmlElement, ParseFault> {
  const fault = (code: string, text: string): Result<never, ParseFault> =>
    err({ code, offset: 0, section: 'XML 1.0 §2.1', text });
  const text = Buffer.from(body).toString('utf8');
  if (/<!DOCTYPE/i.test(text)) return fault('xml-doctype', 'has a document type');
  try {
    const checked = XMLValidator.validate(text);
    if (checked !== true) return fault('xml', checked.err.msg);
    const nodes = PARSER.parse(text) as readonly OrderedNode[];
    const root = nodes.map((node) => elementOf(node, 0)).find((element) => element !== undefined);
    return root === undefined ? fault('xml', 'has no element, or nests too deep') : ok(root);
  } catch (cause) {
    return fault('xml', (cause as Error).message);
  }
}

function elementOf(node: OrderedNode, depth: number): XmlElement | undefined {
  const name = Object.keys(node).find((key) => key !== ':@' && key !== '#text');
  if (name === undefined || depth > MAX_DEPTH) return undefined;
  const inner = node[name] as readonly OrderedNode[];
  return {
    name,
    attributes: (node[':@'] as Record<string, string> | undefined) ?? {},
    children: inner.map((child) => elementOf(child, depth + 1)).filter((child) => child !== undefined),
    text: inner.map((child) => child['#text'] ?? '').join(''),
  };
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
