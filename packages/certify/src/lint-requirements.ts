import type { LintFinding } from '@plugfest/model';
import { lintSdp } from '@plugfest/sdp';
import { bodyParts, lintMessage, parseMediaType } from '@plugfest/sip';
import type { CertifiedTrace, TracedMessage } from './certified-trace.ts';
import { type Decision, fail, notExercised, pass, type Requirement } from './requirement.ts';

type Row = readonly [code: string, level: 'must' | 'should', cites: string, text: string];

/** Of every SIP message that the endpoint sends: what `plugfest lint` looks for. */
const REQUEST_ROWS: readonly Row[] = [
  ['sip-version', 'must', 'RFC 3261 §7.1', 'A request names SIP/2.0.'],
  ['header-syntax', 'must', 'RFC 3261 §25.1', 'Header fields of a request follow the grammar.'],
  ['content-length', 'must', 'RFC 3261 §20.14', 'Content-Length of a request is a number and no more than there is.'],
  ['empty-branch', 'must', 'RFC 3261 §8.1.1.7', 'The branch has something behind its magic cookie.'],
  ['method', 'must', 'RFC 3261 §7.1', 'The method is a token, and one that is registered.'],
  ['cseq-method', 'must', 'RFC 3261 §8.1.1.5', 'CSeq names the method of its request.'],
  [
    'request-uri',
    'must',
    'RFC 3261 §8.1.1.1',
    'The Request-URI is well formed, without headers, of a scheme that is known.',
  ],
  ['require', 'must', 'RFC 3261 §20.32', 'Require names registered option tags only.'],
  ['content-type', 'must', 'RFC 3261 §20.15', 'A body is of a type that can be read.'],
  ['accept', 'must', 'RFC 3261 §20.1', 'Accept leaves a type in which an answer can be given.'],
  ['no-max-forwards', 'should', 'RFC 3261 §8.1.1.6', 'A request has a Max-Forwards.'],
  ['old-branch', 'should', 'RFC 3261 §8.1.1.7', 'The branch begins with z9hG4bK.'],
  ['no-from-tag', 'should', 'RFC 3261 §8.1.1.3', 'From has a tag.'],
  ['no-contact', 'should', 'RFC 3261 §8.1.1.8', 'A request that opens a dialog has a Contact.'],
  ['no-content-type', 'should', 'RFC 3261 §20.15', 'A body has a Content-Type.'],
  ['no-content-length', 'should', 'RFC 3261 §20.14', 'Content-Length is there where a stream needs it.'],
  ['trailing-octets', 'should', 'RFC 3261 §18.3', 'Nothing stands behind the body of a datagram.'],
  ['bare-lf', 'should', 'RFC 3261 §7', 'Lines end in CR LF.'],
];
const RESPONSE_ROWS: readonly Row[] = [
  ['header-syntax', 'must', 'RFC 3261 §25.1', 'Header fields of a response follow the grammar.'],
  ['content-length', 'must', 'RFC 3261 §20.14', 'Content-Length of a response is a number and no more than there is.'],
  ['no-to-tag', 'should', 'RFC 3261 §8.2.6.2', 'To of a response other than 100 has a tag.'],
  ['no-content-type', 'should', 'RFC 3261 §20.15', 'The body of a response has a Content-Type.'],
  ['trailing-octets', 'should', 'RFC 3261 §18.3', 'Nothing stands behind the body of a response.'],
  ['bare-lf', 'should', 'RFC 3261 §7', 'Lines of a response end in CR LF.'],
];
const SDP_ROWS: readonly Row[] = [
  ['line-order', 'should', 'RFC 8866 §5', 'Lines of a description stand in their order.'],
  ['unknown-line-type', 'should', 'RFC 8866 §5', 'Lines are of types that there are.'],
  ['missing-line', 'should', 'RFC 8866 §5', 'v=, o=, s= and t= are there.'],
  ['missing-connection', 'must', 'RFC 8866 §5.7', 'Each medium has a c= line, or the session has one.'],
  ['repeated-format', 'should', 'RFC 3264 §5.1', 'No payload type is listed twice in an m= line.'],
  ['missing-rtpmap', 'must', 'RFC 8866 §6.6', 'Each dynamic payload type has an a=rtpmap.'],
  ['malformed-rtpmap', 'must', 'RFC 8866 §6.6', 'a=rtpmap names a codec and its clock rate.'],
  ['unlisted-rtpmap', 'should', 'RFC 8866 §6.6', 'a=rtpmap speaks of payload types of its m= line.'],
  ['opus-clock', 'must', 'RFC 7587 §7', 'Opus is described as opus/48000/2.'],
  ['g722-clock', 'should', 'RFC 3551 §4.5.2', 'G.722 is described with a clock rate of 8000.'],
  ['event-clock', 'should', 'RFC 4733 §2.1', 'telephone-event has the clock rate of a codec beside it.'],
  ['short-profile-level-id', 'should', 'RFC 6184 §8.1', 'profile-level-id has six hexadecimal digits.'],
  ['malformed-profile-level-id', 'must', 'RFC 6184 §8.1', 'profile-level-id can be read.'],
  ['repeated-mid', 'must', 'RFC 5888 §4', 'Each a=mid is unique.'],
  ['unknown-mid', 'must', 'RFC 8843 §7.2', 'a=group:BUNDLE names media that are there.'],
  ['mux-only-alone', 'must', 'RFC 8858 §4', 'a=rtcp-mux-only comes with a=rtcp-mux.'],
  ['unkeyed-media', 'should', 'RFC 4568 §5, RFC 5763 §5', 'A secure profile comes with keys or a fingerprint.'],
  ['malformed-crypto', 'must', 'RFC 4568 §9.1', 'a=crypto can be read.'],
  ['unknown-crypto', 'should', 'RFC 4568 §6.2', 'a=crypto names suites that are registered.'],
  ['malformed-candidate', 'should', 'RFC 8839 §5.1', 'a=candidate can be read.'],
  ['bare-lf', 'should', 'RFC 8866 §5', 'Lines of a description end in CR LF.'],
];

/** Codes by which a message or description cannot be read at all: whatever code it is, the row `readable` fails. */
const KNOWN: ReadonlySet<string> = new Set([...REQUEST_ROWS, ...RESPONSE_ROWS, ...SDP_ROWS].map(([code]) => code));

interface Family {
  readonly name: string;
  readonly what: string;
  /** The run in which the endpoint has to send some. */
  readonly trial: string;
  readonly rows: readonly Row[];
  /** Findings of each thing of the family that the endpoint sent. */
  readonly findings: (trace: CertifiedTrace) => readonly (readonly LintFinding[])[];
}

function sentMessages(trace: CertifiedTrace, kind: 'request' | 'response'): readonly LintFinding[][] {
  return sent(trace)
    .map(({ bytes }) => lintMessage(bytes))
    .filter((lint) => lint.kind === kind || (lint.kind === 'unknown' && kind === 'request'))
    .map(({ findings }) => [...findings]);
}

function sentDescriptions(trace: CertifiedTrace): readonly LintFinding[][] {
  return sent(trace).flatMap(({ message }) =>
    message
      ? bodyParts(message)
          .filter(({ contentType }) => parseMediaType(contentType)?.essence === 'application/sdp')
          .map(({ body }) => [...lintSdp(Buffer.from(body).toString('latin1')).findings])
      : [],
  );
}

function sent({ messages }: CertifiedTrace): TracedMessage[] {
  return messages.filter(({ isSent }) => isSent);
}

const FAMILIES: readonly Family[] = [
  {
    name: 'sip-request',
    what: 'requests',
    trial: 'clean',
    rows: REQUEST_ROWS,
    findings: (trace) => sentMessages(trace, 'request'),
  },
  {
    name: 'sip-response',
    what: 'responses',
    trial: 'removed',
    rows: RESPONSE_ROWS,
    findings: (trace) => sentMessages(trace, 'response'),
  },
  { name: 'sdp', what: 'descriptions', trial: 'clean', rows: SDP_ROWS, findings: sentDescriptions },
];

export const LINT_REQUIREMENTS: readonly Requirement[] = FAMILIES.flatMap((family) => [
  {
    id: `${family.name}/readable`,
    level: 'must' as const,
    text: `All ${family.what} that are sent can be read.`,
    cites: family.name === 'sdp' ? 'RFC 8866 §9' : 'RFC 3261 §25.1',
    trial: family.trial,
    decide: (trace: CertifiedTrace) => judge(family, trace, ({ code, level }) => level === 'must' && !KNOWN.has(code)),
  },
  ...family.rows.map(([code, level, cites, text]) => ({
    id: `${family.name}/${code}`,
    level,
    text,
    cites,
    trial: family.trial,
    decide: (trace: CertifiedTrace) => judge(family, trace, (finding) => finding.code === code),
  })),
]);

function judge(family: Family, trace: CertifiedTrace, isBroken: (finding: LintFinding) => boolean): Decision {
  const linted = family.findings(trace);
  if (linted.length === 0) return notExercised(`it sent no ${family.what}`);
  const broken = linted.filter((findings) => findings.some(isBroken));
  const [first] = broken.flatMap((findings) => findings.filter(isBroken));
  return first
    ? fail(`in ${broken.length} of ${linted.length} ${family.what}: ${first.text}`, 'events.jsonl')
    : pass(`in none of ${linted.length} ${family.what}`, 'events.jsonl');
}
