import { spawnSync } from 'node:child_process';
import { growth, leastMs } from '@plugfest/model/cost-fixture';
import { describe, expect, test } from 'vitest';
import { elementsNamed, readXml, XML_LIMITS } from './read-xml.ts';

const hasXmllint = spawnSync('xmllint', ['--version']).status === 0;
if (!hasXmllint) console.warn('skipped, xmllint as the other reader: apt-get install libxml2-utils');

const codeOf = (text: string): string => {
  const read = readXml(text);
  return read.ok ? 'ok' : read.error.code;
};
const BOMB = `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha">${Array.from({ length: 30 }, (_, n) => `<!ENTITY a${n} "&a${n - 1};&a${n - 1};">`).join('')}]><a>&a29;</a>`;

describe('what is read', () => {
  test('elements, attributes, text, CDATA, comments, references', () => {
    const read = readXml(
      '\ufeff<?xml version="1.0"?>\n<!-- <a> --><x:a b="1 &amp; &#x32;" c=\'"\' ><b/>t&lt;<![CDATA[<raw> &amp;]]><x:b d="\t">&#128512;</x:b ></x:a>\n<?end?>',
    );
    if (!read.ok) throw new Error(read.error.text);
    const { name, attributes, text, children } = read.value;
    expect([name, [...attributes], text]).toEqual([
      'x:a',
      [
        ['b', '1 & 2'],
        ['c', '"'],
      ],
      't<<raw> &amp;',
    ]);
    expect(children.map((child) => [child.name, child.text])).toEqual([
      ['b', ''],
      ['x:b', '😀'],
    ]);
    expect(elementsNamed(read.value, 'b').map((element) => element.name)).toEqual(['b', 'x:b']);
  });

  test('names of objects are names like others', () => {
    expect(codeOf('<__proto__ constructor="1"><toString/></__proto__>')).toBe('ok');
    expect(codeOf('<a>&toString;</a>')).toBe('xml-entity');
  });
});

/** @see FAULTS H10 */
const REFUSED: readonly (readonly [string, string, string])[] = [
  ['a billion laughs', BOMB, 'xml-doctype'],
  ['an external entity', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', 'xml-doctype'],
  ['a document type within', '<a><!DOCTYPE b></a>', 'xml-doctype'],
  ['an unknown entity', '<a>&xxe;</a>', 'xml-entity'],
  ['a reference without end', '<a>&amp</a>', 'xml-entity'],
  ['a bare ampersand', '<a b="&"/>', 'xml-entity'],
  ['a character that XML has not', '<a>&#0;</a>', 'xml-entity'],
  ['half a surrogate pair', '<a>&#xD800;</a>', 'xml-entity'],
  ['a number beyond all characters', '<a>&#x110000;</a>', 'xml-entity'],
  ['nesting without end', '<a>'.repeat(100_000), 'xml-too-large'],
  ['nesting too deep', '<a>'.repeat(40) + '</a>'.repeat(40), 'xml-too-deep'],
  ['a huge document', `<a>${'x'.repeat(XML_LIMITS.characters)}</a>`, 'xml-too-large'],
  ['too many elements', `<a>${'<b/>'.repeat(20_000)}</a>`, 'xml-too-large'],
  ['too many attributes', `<a ${Array.from({ length: 65 }, (_, n) => `a${n}=""`).join(' ')}/>`, 'xml-too-large'],
  ['a huge name', `<${'a'.repeat(5000)}/>`, 'xml-syntax'],
  ['an attribute twice', '<a b="" b=""/>', 'xml-syntax'],
  ['no space between attributes', '<a b=""c=""/>', 'xml-syntax'],
  ['an attribute without a value', '<a b/>', 'xml-syntax'],
  ['an attribute without quotes', '<a b=c/>', 'xml-syntax'],
  ['a tag in an attribute', '<a b="<c>"/>', 'xml-syntax'],
  ['the wrong end', '<a></b>', 'xml-syntax'],
  ['an end without a start', '</a>', 'xml-syntax'],
  ['two roots', '<a/><b/>', 'xml-outside'],
  ['text outside', '<a/>x', 'xml-outside'],
  ['CDATA outside', '<![CDATA[x]]><a/>', 'xml-outside'],
  ['nothing', '', 'xml-unfinished'],
  ['a comment without end', '<a><!-- ', 'xml-unfinished'],
  ['an element without end', '<a><b></b>', 'xml-unfinished'],
];

describe('what is refused', () => {
  test.each(REFUSED)('%s', (_, text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  test('every truncation of a good document', () => {
    const good = '<?xml version="1.0"?><a b="&amp;"><c d=\'1\'/><![CDATA[x]]><!-- y -->&lt;</a>';
    for (let end = 0; end < good.length; end++) expect(codeOf(good.slice(0, end))).not.toBe('ok');
  });

  test.skipIf(!hasXmllint)('xmllint refuses what is malformed here, and reads what is read here', () => {
    const takes = (input: string): boolean => spawnSync('xmllint', ['--nonet', '--noout', '-'], { input }).status === 0;
    const malformed = REFUSED.filter(
      ([, text, code]) =>
        text.length < 2000 && ['xml-syntax', 'xml-outside', 'xml-unfinished', 'xml-entity'].includes(code),
    );
    expect(malformed.filter(([, text]) => takes(text)).map(([name]) => name)).toEqual([]);
    const good = ['<a/>', '<x:a xmlns:x="u"><b c="&#9;">&quot;</b></x:a>', '<a>]]&gt;<![CDATA[<]]></a>'];
    expect(good.filter((text) => takes(text) && codeOf(text) === 'ok')).toEqual(good);
  });
});

test.each([
  ['text', (n: number) => `<a>${'x'.repeat(n)}</a>`],
  ['references', (n: number) => `<a>${'&amp;'.repeat(n / 5)}</a>`],
  ['ampersands', (n: number) => `<a>${'&'.repeat(n)}</a>`],
  ['open quotes', (n: number) => `<a b="${"'".repeat(n)}`],
  ['comments', (n: number) => `<a>${'<!---->'.repeat(n / 7)}</a>`],
  ['open comments', (n: number) => `<a>${'<!--'.repeat(n / 4)}`],
  ['spaces', (n: number) => `<a${' '.repeat(n)}`],
])('%s: time grows no faster than the document', (_, make) => {
  const prepare = (size: number): (() => void) => {
    const text = make(size);
    return () => void readXml(text);
  };
  if (leastMs(prepare(200_000), 3) > 5) expect(growth(prepare, 100_000)).toBeLessThan(2.5);
});
