import type { LintFinding } from '@plugfest/model';
import { parseCryptoAttribute } from './crypto-attribute.ts';
import { parseProfileLevelId } from './h264-profile.ts';
import { parseCandidate } from './ice-attributes.ts';
import { parseSdp } from './parse-sdp.ts';

/** What there is to say of one description. */
export interface SdpLint {
  readonly parse: 'ok' | 'fault';
  readonly findings: readonly LintFinding[];
}

interface Line {
  readonly type: string;
  readonly value: string;
  readonly offset: number;
}

/** The session's part, or one m-line with what belongs to it. */
type Section = readonly Line[];

interface Description {
  readonly session: Section;
  readonly media: readonly Section[];
}

interface Place {
  readonly offset: number;
  readonly text: string;
}

interface Rule {
  readonly code: string;
  readonly level: LintFinding['level'];
  readonly cites: string;
  readonly find: (description: Description) => readonly Place[];
}

/** What RFCs print as an example of a media section is a description without its session part: that part is put before it. */
const SESSION_PART = 'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n';

/** Says what is wrong with a description, one character a byte. Linear in its length; any text is taken. @see RFC 8866 §5 */
export function lintSdp(text: string): SdpLint {
  if (/^[\r\n]*[ma]=/.test(text)) return lintFragment(text);
  const parsed = parseSdp(text);
  if (!parsed.ok) {
    const { code, offset, section, text: reason } = parsed.error;
    return {
      parse: 'fault',
      findings: [{ level: 'must', code, cites: section, offset: Math.max(0, offset), text: reason }],
    };
  }
  const description = sectionsOf(text);
  const findings = RULES.flatMap(({ code, level, cites, find }) =>
    find(description).map((place) => ({ level, code, cites, ...place })),
  );
  const bareLf = /(?<!\r)\n/.exec(text);
  if (bareLf)
    findings.push({
      level: 'should',
      code: 'bare-lf',
      cites: 'RFC 8866 §5',
      offset: bareLf.index,
      text: 'a line ends in LF without CR',
    });
  return { parse: 'ok', findings: findings.sort((a, b) => a.offset - b.offset) };
}

function lintFragment(text: string): SdpLint {
  const start = /[ma]/.exec(text)?.index ?? 0;
  const before = SESSION_PART;
  const { parse, findings } = lintSdp(before + text.slice(start));
  const moved = findings.map((finding) => ({
    ...finding,
    offset: Math.max(0, finding.offset - before.length + start),
  }));
  const note = 'no session part: a fragment, linted as if one stood before it';
  return {
    parse,
    findings: [{ level: 'should', code: 'fragment', cites: 'RFC 8866 §5', offset: start, text: note }, ...moved],
  };
}

function sectionsOf(text: string): Description {
  const sections: Line[][] = [[]];
  for (const match of text.matchAll(/[^\r\n]+/g)) {
    const line = { type: match[0].charAt(0), value: match[0].slice(2).trimEnd(), offset: match.index };
    if (line.type === 'm') sections.push([]);
    sections.at(-1)?.push(line);
  }
  return { session: sections[0] ?? [], media: sections.slice(1) };
}

interface Attribute {
  readonly value: string;
  readonly offset: number;
}

function attributesOf(section: Section, name: string): Attribute[] {
  return section.flatMap(({ type, value, offset }) => {
    if (type !== 'a' || (value !== name && !value.startsWith(`${name}:`))) return [];
    return [{ value: value.slice(name.length + 1), offset }];
  });
}

const has = (section: Section, name: string): boolean => attributesOf(section, name).length > 0;

/** The m-line's words: media, port, protocol, formats. */
function mediaOf(section: Section): { port: string; protocol: string; formats: readonly string[]; offset: number } {
  const [, port = '', protocol = '', ...formats] = (section[0]?.value ?? '').split(/ +/);
  return { port, protocol, formats, offset: section[0]?.offset ?? 0 };
}

const isRtp = (section: Section): boolean => /(^|\/)RTP\//.test(mediaOf(section).protocol);

interface Mapping {
  readonly format: string;
  readonly encoding: string;
  readonly offset: number;
}

function mappingsOf(section: Section): Mapping[] {
  return attributesOf(section, 'rtpmap').map(({ value, offset }) => {
    const [format = '', encoding = ''] = value.trim().split(/ +/);
    return { format, encoding, offset };
  });
}

function perMedia(find: (section: Section, description: Description) => readonly Place[]): Rule['find'] {
  return (description) => description.media.flatMap((section) => find(section, description));
}

/** In a section of RTP: a place for each that the test names. */
function eachMapping(test: (mapping: Mapping) => string | undefined): Rule['find'] {
  return perMedia((section) =>
    (isRtp(section) ? mappingsOf(section) : []).flatMap((mapping) => {
      const text = test(mapping);
      return text === undefined ? [] : [{ offset: mapping.offset, text }];
    }),
  );
}

function eachAttribute(name: string, test: (value: string) => string | undefined): Rule['find'] {
  return perMedia((section) =>
    attributesOf(section, name).flatMap(({ value, offset }) => {
      const text = test(value);
      return text === undefined ? [] : [{ offset, text }];
    }),
  );
}

/** `profile-level-id` by payload type. */
function profileLevelIds(section: Section): Map<string, Attribute> {
  const found = new Map<string, Attribute>();
  for (const { value, offset } of attributesOf(section, 'fmtp')) {
    const [format = ''] = value.split(' ', 1);
    const id = /(?:^|[ ;])profile-level-id=([^; ]*)/i.exec(value.slice(format.length))?.[1];
    if (id !== undefined && !found.has(format)) found.set(format, { value: id, offset });
  }
  return found;
}

/** Places of `profile-level-id` that are wrong. */
function profileLevels(isWrong: (id: string) => boolean, text: (id: string) => string): Rule['find'] {
  return perMedia((section) => {
    const ids = profileLevelIds(section);
    return mappingsOf(section).flatMap(({ format, encoding }) => {
      const id = /^h264\//i.test(encoding) ? ids.get(format) : undefined;
      return id && isWrong(id.value) ? [{ offset: id.offset, text: text(id.value) }] : [];
    });
  });
}

function repeated(values: readonly Attribute[]): Attribute[] {
  const seen = new Set<string>();
  return values.filter(({ value }) => (seen.has(value) ? true : !seen.add(value)));
}

const SESSION_ORDER = 'vosiuepcbtrzkam';
const MEDIA_ORDER = 'micbka';

function outOfOrder(section: Section, order: string): Place[] {
  let reached = 0;
  for (const { type, offset } of section) {
    const at = order.indexOf(type);
    // t=, r= and z= repeat in turn.
    if (at === -1 || 'trz'.includes(type)) continue;
    if (at < reached) return [{ offset, text: `${type}= stands behind a line that it has to precede` }];
    reached = at;
  }
  return [];
}

const RULES: readonly Rule[] = [
  {
    code: 'line-order',
    level: 'should',
    cites: 'RFC 8866 §5',
    find: ({ session, media }) => [
      ...outOfOrder(session, SESSION_ORDER),
      ...media.flatMap((section) => outOfOrder(section, MEDIA_ORDER)),
    ],
  },
  {
    code: 'unknown-line-type',
    level: 'should',
    cites: 'RFC 8866 §5',
    find: ({ session, media }) =>
      [session, ...media]
        .flat()
        .filter(({ type }) => !SESSION_ORDER.includes(type))
        .map(({ type, offset }) => ({ offset, text: `${JSON.stringify(type)} is no type of line: read over` })),
  },
  {
    code: 'missing-line',
    level: 'should',
    cites: 'RFC 8866 §5',
    find: ({ session }) =>
      ['s', 't']
        .filter((type) => !session.some((line) => line.type === type))
        .map((type) => ({ offset: 0, text: `there is no ${type}= line` })),
  },
  {
    code: 'missing-connection',
    level: 'must',
    cites: 'RFC 8866 §5.7',
    find: perMedia((section, { session }) => {
      const isSent = [...session, ...section].some(({ type }) => type === 'c');
      const { port, offset } = mediaOf(section);
      return isSent || port === '0' ? [] : [{ offset, text: 'no c= line, neither here nor for the session' }];
    }),
  },
  {
    code: 'repeated-format',
    level: 'should',
    cites: 'RFC 3264 §5.1',
    find: perMedia((section) => {
      const { formats, offset } = mediaOf(section);
      const again = repeated(formats.map((value) => ({ value, offset })));
      return isRtp(section) ? again.map(({ value }) => ({ offset, text: `payload type ${value} is named twice` })) : [];
    }),
  },
  {
    code: 'missing-rtpmap',
    level: 'must',
    cites: 'RFC 8866 §6.6',
    find: perMedia((section) => {
      const { formats, offset, port } = mediaOf(section);
      const mapped = new Set(mappingsOf(section).map(({ format }) => format));
      const unmapped = formats.filter((format) => Number(format) >= 96 && !mapped.has(format));
      return isRtp(section) && port !== '0'
        ? unmapped.map((format) => ({ offset, text: `payload type ${format} is dynamic and has no a=rtpmap` }))
        : [];
    }),
  },
  {
    code: 'malformed-rtpmap',
    level: 'must',
    cites: 'RFC 8866 §6.6',
    find: eachMapping(({ format, encoding }) =>
      /^\d{1,3}$/.test(format) && /^[^/]+\/[1-9]\d{0,9}(\/[^/]+)?$/.test(encoding)
        ? undefined
        : 'a=rtpmap is not <payload type> <encoding>/<clock rate>[/<parameters>]',
    ),
  },
  {
    code: 'unlisted-rtpmap',
    level: 'should',
    cites: 'RFC 8866 §6.6',
    find: perMedia((section) => {
      const listed = new Set(mediaOf(section).formats);
      return (isRtp(section) ? mappingsOf(section) : [])
        .filter(({ format }) => !listed.has(format))
        .map(({ format, offset }) => ({ offset, text: `payload type ${format} is not in the m= line` }));
    }),
  },
  {
    code: 'opus-clock',
    level: 'must',
    cites: 'RFC 7587 §7',
    find: eachMapping(({ encoding }) =>
      /^opus\//i.test(encoding) && !/^opus\/48000\/2$/i.test(encoding)
        ? 'Opus is opus/48000/2, mono or not'
        : undefined,
    ),
  },
  {
    code: 'g722-clock',
    level: 'should',
    cites: 'RFC 3551 §4.5.2',
    find: eachMapping(({ encoding }) =>
      /^g722\//i.test(encoding) && !/^g722\/8000(\/\d)?$/i.test(encoding)
        ? 'the RTP clock of G.722 is 8000, though it samples at 16000'
        : undefined,
    ),
  },
  {
    code: 'event-clock',
    level: 'should',
    cites: 'RFC 4733 §2.1, RFC 7587 §4.1',
    find: perMedia((section) => {
      const mappings = mappingsOf(section);
      const isEvent = ({ encoding }: Mapping): boolean => /^telephone-event\//i.test(encoding);
      const rateOf = ({ encoding }: Mapping): string => encoding.split('/')[1] ?? '';
      // Of G.711 and G.722 there need be no a=rtpmap.
      const rates = new Set(['8000', ...mappings.filter((mapping) => !isEvent(mapping)).map(rateOf)]);
      return mappings
        .filter((mapping) => isEvent(mapping) && !rates.has(rateOf(mapping)))
        .map((mapping) => ({
          offset: mapping.offset,
          text: `no codec has the clock rate ${rateOf(mapping)} of this telephone-event`,
        }));
    }),
  },
  {
    code: 'short-profile-level-id',
    level: 'should',
    cites: 'RFC 6184 §8.1',
    find: profileLevels(
      (id) => /^[0-9a-f]{5}$/i.test(id),
      (id) => `profile-level-id ${id} has five digits: read as 0${id} by the tolerant`,
    ),
  },
  {
    code: 'malformed-profile-level-id',
    level: 'must',
    cites: 'RFC 6184 §8.1',
    find: profileLevels(
      (id) => !/^[0-9a-f]{5}$/i.test(id) && parseProfileLevelId(id) === undefined,
      () => 'profile-level-id is not six hexadecimal digits of a known profile and level',
    ),
  },
  {
    code: 'repeated-mid',
    level: 'must',
    cites: 'RFC 5888 §4',
    find: ({ media }) =>
      repeated(media.flatMap((section) => attributesOf(section, 'mid'))).map(({ value, offset }) => ({
        offset,
        text: `a=mid:${value} names two m= lines`,
      })),
  },
  {
    code: 'unknown-mid',
    level: 'must',
    cites: 'RFC 8843 §7.2',
    find: ({ session, media }) => {
      const known = new Set(media.flatMap((section) => attributesOf(section, 'mid').map(({ value }) => value)));
      return attributesOf(session, 'group').flatMap(({ value, offset }) =>
        !value.startsWith('BUNDLE ')
          ? []
          : value
              .split(/ +/)
              .slice(1)
              .filter((mid) => mid !== '' && !known.has(mid))
              .map((mid) => ({ offset, text: `a=group:BUNDLE names ${mid}, which no m= line is` })),
      );
    },
  },
  {
    code: 'mux-only-alone',
    level: 'must',
    cites: 'RFC 8858 §4',
    find: perMedia((section) =>
      has(section, 'rtcp-mux')
        ? []
        : attributesOf(section, 'rtcp-mux-only').map(({ offset }) => ({
            offset,
            text: 'a=rtcp-mux-only without a=rtcp-mux',
          })),
    ),
  },
  {
    code: 'unkeyed-media',
    level: 'should',
    cites: 'RFC 4568 §5, RFC 5763 §5',
    find: perMedia((section, { session }) => {
      const { protocol, port, offset } = mediaOf(section);
      const isKeyed = ['crypto', 'fingerprint', 'key-mgmt'].some((name) => has(section, name) || has(session, name));
      return /SAVPF?$/.test(protocol) && port !== '0' && !isKeyed
        ? [{ offset, text: `${protocol} without a=crypto or a=fingerprint: nothing can be decrypted` }]
        : [];
    }),
  },
  {
    code: 'malformed-crypto',
    level: 'must',
    cites: 'RFC 4568 §9.1',
    find: eachAttribute('crypto', (value) => {
      const parsed = parseCryptoAttribute(value);
      return !parsed.ok && parsed.error === 'malformed-crypto'
        ? 'a=crypto is malformed, or its key has the wrong length'
        : undefined;
    }),
  },
  {
    code: 'unknown-crypto',
    level: 'should',
    cites: 'RFC 4568 §6.2, §7.1.2',
    find: eachAttribute('crypto', (value) => {
      const parsed = parseCryptoAttribute(value);
      return !parsed.ok && parsed.error !== 'malformed-crypto'
        ? `${parsed.error} in a=crypto: this key is passed over`
        : undefined;
    }),
  },
  {
    code: 'malformed-candidate',
    level: 'should',
    cites: 'RFC 8839 §5.1',
    find: eachAttribute('candidate', (value) =>
      parseCandidate(value) === undefined ? 'a=candidate cannot be used: malformed, or not an address' : undefined,
    ),
  },
];
