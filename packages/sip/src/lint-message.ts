import type { LintFinding } from '@plugfest/model';
import { contentLengthOf } from './content-length.ts';
import { headerKey } from './header-name.ts';
import type { SipMessage, SipRequest, SipResponse } from './message.ts';
import { cseqOf, tagOf, topVia } from './message-fields.ts';
import { header } from './message-headers.ts';
import { parameter } from './parameters.ts';
import { findHeadEnd, parseMessage, skipLineEnds } from './parse-message.ts';
import { DEFAULT_UAS_PROFILE, type UasProfile } from './uas-profile.ts';
import { type BrokenRule, brokenRules } from './validate-request.ts';
import { validateResponse } from './validate-response.ts';
import { BRANCH_COOKIE } from './via.ts';

/** What there is to say of one message. */
export interface MessageLint {
  readonly kind: 'request' | 'response' | 'unknown';
  /** `fault`: it breaks the grammar, and not all of its fields can be believed. */
  readonly parse: 'ok' | 'fault';
  /** The status that a UAS owes; null: none, as the message is good or has to be dropped, which a finding then says. */
  readonly uasStatus: number | null;
  readonly findings: readonly LintFinding[];
  /** Undefined where there is no structure to read. */
  readonly message?: SipMessage;
}

/** A UAS that owns the target and knows the extensions that IANA lists: it refuses what nobody knows. */
export const KNOWING_UAS: UasProfile = {
  ...DEFAULT_UAS_PROFILE,
  extensions: (
    '100rel 199 answermode early-session eventlist explicitsub from-change geolocation-http geolocation-sip gin gruu histinfo ice join ' +
    'multiple-refer norefersub nosub outbound path policy precondition pref privacy recipient-list-invite recipient-list-message ' +
    'recipient-list-subscribe record-aware replaces resource-priority sdp-anat sec-agree siprec tdialog timer trickle-ice uui'
  ).split(' '),
};

/** Rules of the grammar: who breaks one cannot be read with certainty. */
const GRAMMAR_CODES: ReadonlySet<string> = new Set(['header-syntax', 'content-length', 'empty-branch']);

/**
 * Says what is wrong with one message, as a datagram or a stream's framer gave it. Linear in its length; any bytes are taken.
 * @see RFC 3261 §8.2, §18.3
 */
export function lintMessage(bytes: Uint8Array, profile: UasProfile = KNOWING_UAS): MessageLint {
  const parsed = parseMessage(bytes);
  if (!parsed.ok) return unreadable(bytes, parsed.error);
  const places = new HeaderPlaces(bytes);
  const message = parsed.value;
  const outcome = message.kind === 'request' ? lintRequest(message, profile, places) : lintResponse(message, places);
  const findings = [...outcome.findings, ...customs(message, bytes, places)].sort((a, b) => a.offset - b.offset);
  return { kind: message.kind, ...outcome, findings, message };
}

function unreadable(
  bytes: Uint8Array,
  fault: { code: string; offset: number; section: string; text: string },
): MessageLint {
  const first = firstLine(bytes);
  const kind = /^SIP\//i.test(first) ? 'response' : / SIP\/\d/i.test(first) ? 'request' : 'unknown';
  const text = `${fault.text}: dropped, nothing is owed for it`;
  const finding = {
    level: 'must',
    code: fault.code,
    cites: fault.section,
    offset: Math.max(0, fault.offset),
    text,
  } as const;
  return { kind, parse: 'fault', uasStatus: null, findings: [finding] };
}

function firstLine(bytes: Uint8Array): string {
  const from = skipLineEnds(bytes, 0);
  return String.fromCharCode(...bytes.subarray(from, from + 1024)).split(/[\r\n]/, 1)[0] ?? '';
}

type Outcome = Pick<MessageLint, 'parse' | 'uasStatus' | 'findings'>;

function lintRequest(request: SipRequest, profile: UasProfile, places: HeaderPlaces): Outcome {
  const broken = brokenRules(request, profile);
  const isAck = request.method === 'ACK';
  const findings = broken.map((each) => findingOf(each, isAck, places));
  const isFault = broken.some(
    ({ code, refusal }) => GRAMMAR_CODES.has(code) || isBrokenStartLine(code, refusal.statusCode),
  );
  const owed = isAck ? null : (broken[0]?.refusal.statusCode ?? null);
  return { parse: isFault ? 'fault' : 'ok', uasStatus: owed, findings };
}

function isBrokenStartLine(code: string, statusCode: number): boolean {
  return statusCode === 400 && (code === 'method' || code === 'request-uri');
}

function findingOf({ code, about, refusal }: BrokenRule, isAck: boolean, places: HeaderPlaces): LintFinding {
  const owed = isAck ? 'an ACK is never answered: dropped' : `a UAS answers ${refusal.statusCode}`;
  const offset = about === undefined ? places.start : places.of(about);
  return { level: 'must', code, cites: refusal.section, offset, text: `${refusal.reasonPhrase}: ${owed}` };
}

function lintResponse(response: SipResponse, places: HeaderPlaces): Outcome {
  const fault = validateResponse(response);
  if (fault === undefined) return { parse: 'ok', uasStatus: null, findings: [] };
  const code = fault.name === 'Content-Length' ? 'content-length' : 'header-syntax';
  const text = `${fault.name}: ${fault.text}: the response is dropped`;
  const finding = { level: 'must', code, cites: fault.section, offset: places.of(fault.name), text } as const;
  return { parse: 'fault', uasStatus: null, findings: [finding] };
}

interface Custom {
  readonly code: string;
  readonly cites: string;
  readonly text: string;
  /** The header field that is meant; undefined: the start line. */
  readonly about?: string;
  readonly isBroken: (message: SipMessage) => boolean;
}

const isInvite = (message: SipMessage): boolean => cseqOf(message)?.method === 'INVITE';
const needsContact = (message: SipMessage): boolean =>
  isInvite(message) &&
  (message.kind === 'request' ? message.method === 'INVITE' : Math.floor(message.statusCode / 100) === 2);

/** What senders owe and receivers do without. */
const CUSTOMS: readonly Custom[] = [
  {
    code: 'no-max-forwards',
    cites: 'RFC 3261 §8.1.1.6',
    text: 'a request has a Max-Forwards; elements of RFC 2543 send none',
    isBroken: (message) => message.kind === 'request' && header(message, 'Max-Forwards') === undefined,
  },
  {
    code: 'old-branch',
    cites: 'RFC 3261 §8.1.1.7',
    about: 'Via',
    text: `the branch does not begin with ${BRANCH_COOKIE}: it is not unique`,
    isBroken: (message) => {
      const via = topVia(message);
      return via !== undefined && parameter(via.parameters, 'branch')?.startsWith(BRANCH_COOKIE) !== true;
    },
  },
  {
    code: 'no-from-tag',
    cites: 'RFC 3261 §8.1.1.3',
    about: 'From',
    text: 'From has no tag: the dialog is known by its addresses only, as in RFC 2543',
    isBroken: (message) => header(message, 'From') !== undefined && tagOf(message, 'From') === '',
  },
  {
    code: 'no-to-tag',
    cites: 'RFC 3261 §8.2.6.2',
    about: 'To',
    text: 'To of a response other than 100 has a tag',
    isBroken: (message) => message.kind === 'response' && message.statusCode > 100 && tagOf(message, 'To') === '',
  },
  {
    code: 'no-contact',
    cites: 'RFC 3261 §8.1.1.8',
    text: 'an INVITE and the 2xx that answers it have a Contact: without one, nothing can be sent in the dialog',
    isBroken: (message) => needsContact(message) && header(message, 'Contact') === undefined,
  },
  {
    code: 'no-content-type',
    cites: 'RFC 3261 §20.15',
    text: 'a body has a Content-Type',
    isBroken: (message) => message.body.length > 0 && header(message, 'Content-Type') === undefined,
  },
  {
    code: 'no-content-length',
    cites: 'RFC 3261 §20.14',
    text: 'no Content-Length: over TCP and TLS the end of the body cannot be found',
    isBroken: (message) => message.body.length > 0 && contentLengthOf(message.headers) === 'absent',
  },
];

function customs(message: SipMessage, bytes: Uint8Array, places: HeaderPlaces): LintFinding[] {
  const found: LintFinding[] = CUSTOMS.filter(({ isBroken }) => isBroken(message)).map(
    ({ code, cites, text, about }) => ({
      level: 'should',
      code,
      cites,
      offset: about === undefined ? places.start : places.of(about),
      text,
    }),
  );
  const end = places.bodyStart + message.body.length;
  if (places.bodyStart < bytes.length && end < bytes.length)
    found.push({
      level: 'should',
      code: 'trailing-octets',
      cites: 'RFC 3261 §18.3',
      offset: end,
      text: `${bytes.length - end} bytes behind the body that Content-Length announces: ignored in a datagram`,
    });
  if (places.bareLf !== undefined)
    found.push({
      level: 'should',
      code: 'bare-lf',
      cites: 'RFC 3261 §7',
      offset: places.bareLf,
      text: 'a line ends in LF without CR',
    });
  return found;
}

/** Where the header lines of a message begin. */
class HeaderPlaces {
  readonly start: number;
  readonly bodyStart: number;
  /** The first line end of the head that is LF alone. */
  readonly bareLf: number | undefined;
  readonly #offsets = new Map<string, number>();

  constructor(bytes: Uint8Array) {
    this.start = skipLineEnds(bytes, 0);
    this.bodyStart = findHeadEnd(bytes, this.start)?.bodyStart ?? bytes.length;
    let bareLf: number | undefined;
    for (let lf = bytes.indexOf(10, this.start); lf >= 0 && lf < this.bodyStart; ) {
      if (bytes[lf - 1] !== 13) bareLf ??= lf;
      const next = bytes.indexOf(10, lf + 1);
      this.#note(bytes, lf + 1, next < 0 ? bytes.length : next);
      lf = next;
    }
    this.bareLf = bareLf;
  }

  /** The first line of that name; the start line where there is none. */
  of(name: string): number {
    return this.#offsets.get(headerKey(name)) ?? this.start;
  }

  #note(bytes: Uint8Array, from: number, to: number): void {
    const colon = bytes.subarray(from, Math.min(to, from + 256)).indexOf(58);
    if (colon < 1) return;
    const name = Buffer.from(bytes.buffer, bytes.byteOffset + from, colon)
      .toString('latin1')
      .trimEnd();
    const key = headerKey(name);
    if (!this.#offsets.has(key)) this.#offsets.set(key, from);
  }
}
