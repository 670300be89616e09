import type { ParseFault, Result } from '@plugfest/model';
import { consistsOf, decimalOf, TOKEN, WORD } from './character-class.ts';
import { parseCSeq } from './cseq.ts';
import { headerKey } from './header-name.ts';
import { parseMediaType } from './media-type.ts';
import type { SipMessageBase } from './message.ts';
import { splitValues } from './message-headers.ts';
import { parseNameAddr } from './name-addr.ts';
import { parseVia } from './via.ts';

/** What is wrong with one header field; `offset` counts inside the header's value. */
export interface HeaderFault {
  readonly name: string;
  readonly section: string;
  readonly text: string;
}

type Grammar = (value: string) => string | undefined;

const fromResult =
  (parse: (value: string) => Result<unknown, ParseFault>): Grammar =>
  (value) => {
    const parsed = parse(value);
    return parsed.ok ? undefined : parsed.error.text;
  };

const listOf =
  (grammar: Grammar): Grammar =>
  (line) => {
    for (const value of splitValues(line)) {
      const wrong = value === '' ? 'an empty value' : grammar(value);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };

const address = fromResult(parseNameAddr);
const contact: Grammar = (line) => (line === '*' ? undefined : listOf(address)(line));
const maxForwards: Grammar = (value) => (decimalOf(value, 255) === undefined ? 'not a number of 0-255' : undefined);
const mediaType: Grammar = (value) => (parseMediaType(value) === undefined ? 'not a media type' : undefined);
const callId: Grammar = (value) => {
  const [left = '', right, more] = value.split('@');
  const proper = consistsOf(left, WORD) && (right === undefined || consistsOf(right, WORD)) && more === undefined;
  return proper ? undefined : 'not word or word@word';
};
const sequence: Grammar = (value) => {
  const parsed = parseCSeq(value);
  if (!parsed.ok) return parsed.error.text;
  return parsed.value.number < 2 ** 31 ? undefined : 'CSeq must be below 2^31';
};

interface HeaderRule {
  readonly key: string;
  readonly section: string;
  readonly grammar: Grammar;
  readonly required?: boolean;
  readonly single?: boolean;
}

/** Fields that every element must understand. @see RFC 3261 §20 Table 2 */
const HEADER_RULES: readonly HeaderRule[] = [
  { key: 'via', section: 'RFC 3261 §20.42', grammar: listOf(fromResult(parseVia)), required: true },
  { key: 'from', section: 'RFC 3261 §20.20', grammar: address, required: true, single: true },
  { key: 'to', section: 'RFC 3261 §20.39', grammar: address, required: true, single: true },
  { key: 'call-id', section: 'RFC 3261 §20.8', grammar: callId, required: true, single: true },
  { key: 'cseq', section: 'RFC 3261 §20.16', grammar: sequence, required: true, single: true },
  { key: 'max-forwards', section: 'RFC 3261 §20.22', grammar: maxForwards, single: true },
  { key: 'contact', section: 'RFC 3261 §20.10', grammar: contact },
  { key: 'route', section: 'RFC 3261 §20.34', grammar: listOf(address) },
  { key: 'record-route', section: 'RFC 3261 §20.30', grammar: listOf(address) },
  { key: 'content-type', section: 'RFC 3261 §20.15', grammar: mediaType, single: true },
  { key: 'content-length', section: 'RFC 3261 §20.14', grammar: () => undefined, single: true },
];
const RULE_OF: ReadonlyMap<string, HeaderRule> = new Map(HEADER_RULES.map((rule) => [rule.key, rule]));

/** The first thing wrong with the header fields of a message; undefined when nothing is. */
export function findHeaderFault(message: SipMessageBase): HeaderFault | undefined {
  const seen = new Set<string>();
  for (const { name, value } of message.headers) {
    const key = headerKey(name);
    const rule = RULE_OF.get(key);
    if (!consistsOf(name, TOKEN))
      return { name, section: 'RFC 3261 §7.3.1', text: 'a header line without a proper name' };
    if (rule === undefined) continue;
    if (rule.single && seen.has(key)) return { name, section: rule.section, text: 'more than once' };
    seen.add(key);
    const wrong = rule.grammar(value);
    if (wrong !== undefined) return { name, section: rule.section, text: wrong };
  }
  const missing = HEADER_RULES.find((rule) => rule.required && !seen.has(rule.key));
  return missing && { name: missing.key, section: 'RFC 3261 §8.1.1', text: 'is missing' };
}
