import { spawnSync } from 'node:child_process';
import { localName, readXml, type XmlElement } from '@plugfest/sip';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatFullState, formatPartialState } from './conference-info.ts';
import { changeBetween, type Roster, type RosterUser } from './roster.ts';

const hasXmllint = spawnSync('xmllint', ['--version']).status === 0;
if (!hasXmllint) console.warn('skipped, rosters read by xmllint: apt-get install libxml2-utils');

const text = fc.string({ unit: 'binary', maxLength: 12 });
const user: fc.Arbitrary<RosterUser> = fc.record({
  entity: fc.constantFrom('sip:a@x', 'sip:b@x', 'sip:c@x', 'sip:d@x'),
  displayText: text,
  endpoints: fc.array(
    fc.record({
      entity: text,
      displayText: text,
      media: fc.constantFrom([], [{ id: 'audio', type: 'audio' as const, status: 'sendrecv' }]),
    }),
    { maxLength: 2 },
  ),
});
const roster: fc.Arbitrary<Roster> = fc
  .uniqueArray(user, { selector: ({ entity }) => entity, maxLength: 4 })
  .map((users) => new Map(users.map((one) => [one.entity, one])));

const byEntity = (users: Iterable<[string, unknown]>): unknown =>
  [...users].toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));

test('a change on the state before is the state after', () => {
  fc.assert(
    fc.property(roster, roster, (before, after) => {
      const { present, gone } = changeBetween(before, after);
      const state = new Map(before);
      for (const entity of gone) expect(state.delete(entity)).toBe(true);
      for (const one of present) state.set(one.entity, one);
      expect(byEntity(state)).toEqual(byEntity(after));
    }),
  );
});

/** What an XML reader that is not ours finds there. */
function found(xml: string, xpath: string): string {
  const { status, stdout, stderr } = spawnSync('xmllint', ['--nonet', '--xpath', xpath, '-'], { input: xml });
  expect([status, `${stderr}`]).toEqual([0, '']);
  // xmllint ends what it found with one line end.
  return `${stdout}`.replace(/\n$/, '');
}

const HOSTILE = 'Zoë <b>&amp; "x"</b> ]]> 会议 😀\t\u0000\ud800 &xxe;';
const READ = HOSTILE.replace('\u0000', '\ufffd').replace('\ud800', '\ufffd');

test.skipIf(!hasXmllint)('names of any kind are read by xmllint as they were, in full and in partial state', () => {
  const anna = { entity: 'sip:anna@x?a=1&b="2"', displayText: HOSTILE, endpoints: [] };
  const state = new Map([[anna.entity, anna]]);
  const full = formatFullState({ entity: 'sip:room@x', version: 1 }, HOSTILE, state);
  expect(found(full, 'string(/*/*[local-name()="users"]/*/*[local-name()="display-text"])')).toBe(READ);
  expect(found(full, 'string(/*/*[1]/*[local-name()="display-text"])')).toBe(READ);
  expect(found(full, 'string(//*[local-name()="user"]/@entity)')).toBe(anna.entity);
  const partial = formatPartialState(
    { entity: 'sip:room@x', version: 2 },
    { present: [], gone: [anna.entity] },
    new Map(),
  );
  expect(found(partial, 'string(/*[@state="partial" and @version="2"]//*[@state="deleted"]/@entity)')).toBe(
    anna.entity,
  );
  expect(found(partial, 'string(//*[local-name()="user-count"])')).toBe('0');
});

/** Children of the types of the schema that we write, in its order; `?` 0 or 1, `*` any number. @see RFC 4575 §6 */
const SCHEMA: Readonly<Record<string, { readonly children: string; readonly attributes: readonly string[] }>> = {
  'conference-info': {
    children: 'conference-description? host-info? conference-state? users?',
    attributes: ['xmlns', 'entity', 'state', 'version'],
  },
  'conference-description': { children: 'display-text? subject?', attributes: [] },
  'conference-state': { children: 'user-count? active? locked?', attributes: [] },
  users: { children: 'user*', attributes: ['state'] },
  user: {
    children: 'display-text? associated-aors? roles? languages? cascaded-focus? endpoint*',
    attributes: ['entity', 'state'],
  },
  endpoint: { children: 'display-text? referred? status? joining-method? media*', attributes: ['entity', 'state'] },
  media: { children: 'display-text? type? label? src-id? status?', attributes: ['id'] },
};
const REQUIRED_ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  'conference-info': ['entity', 'version'],
  media: ['id'],
};

/** What an element breaks of the schema. */
function breaches(element: XmlElement): string[] {
  const { children, attributes } = element;
  const type = SCHEMA[element.name];
  const names = children.map(({ name }) => `${localName(name)} `).join('');
  const order = (type?.children ?? '').replaceAll(/(\S+)([?*]) ?/g, '(?:$1 )$2');
  const known = type?.attributes ?? [];
  return [
    ...(new RegExp(`^${order}$`).test(names) ? [] : [`${element.name}: ${names}`]),
    ...[...attributes.keys()].filter((name) => !known.includes(name)).map((name) => `${element.name}@${name}`),
    ...(REQUIRED_ATTRIBUTES[element.name] ?? [])
      .filter((name) => !attributes.has(name))
      .map((name) => `no ${element.name}@${name}`),
    ...children.flatMap(breaches),
  ];
}

test('every roster follows the schema, whoever is in it', () => {
  const check = (xml: string): void => {
    const read = readXml(xml);
    expect(read.ok ? breaches(read.value) : read.error).toEqual([]);
  };
  fc.assert(
    fc.property(roster, roster, text, (before, after, name) => {
      check(formatFullState({ entity: 'sip:room@x', version: 1 }, name, after));
      check(formatPartialState({ entity: 'sip:room@x', version: 2 }, changeBetween(before, after), after));
    }),
  );
  const wrong = readXml('<users><user entity="sip:a"><endpoint/><display-text>A</display-text></user></users>');
  expect(wrong.ok && breaches(wrong.value)).toEqual(['user: endpoint display-text ']);
});
