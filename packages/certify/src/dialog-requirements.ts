import {
  cseqOf,
  firstValue,
  header,
  parameter,
  parseNameAddr,
  type SipRequest,
  type SipResponse,
  topVia,
} from '@plugfest/sip';
import type { CertifiedTrace, TracedMessage } from './certified-trace.ts';
import { type Decision, fail, notExercised, pass, type Requirement } from './requirement.ts';

type Row = readonly [
  id: string,
  level: 'must' | 'should',
  cites: string,
  text: string,
  decide: (trace: CertifiedTrace) => Decision,
];

const EVENTS = 'events.jsonl';

function requests(trace: CertifiedTrace, isSent: boolean, method?: string): SipRequest[] {
  return messagesOf(trace, isSent).flatMap(({ message }) =>
    message?.kind === 'request' && (method === undefined || message.method === method) ? [message] : [],
  );
}

function responses(trace: CertifiedTrace, isSent: boolean, method?: string): SipResponse[] {
  return messagesOf(trace, isSent).flatMap(({ message }) =>
    message?.kind === 'response' && (method === undefined || cseqOf(message)?.method === method) ? [message] : [],
  );
}

function messagesOf({ messages }: CertifiedTrace, isSent: boolean): TracedMessage[] {
  return messages.filter((traced) => traced.isSent === isSent);
}

/** Each of some things, or nothing to say. */
function each<T>(things: readonly T[], what: string, isRight: (thing: T) => boolean): Decision {
  if (things.length === 0) return notExercised(`there was no ${what}`);
  const wrong = things.filter((thing) => !isRight(thing)).length;
  return wrong === 0
    ? pass(`so in all ${things.length} (${what})`, EVENTS)
    : fail(`not so in ${wrong} of ${things.length} (${what})`, EVENTS);
}

const tagOf = (value: string | undefined): string | undefined => {
  const parsed = value === undefined ? undefined : parseNameAddr(value);
  return parsed?.ok ? parameter(parsed.value.parameters, 'tag') : undefined;
};

function transactionsOf(trace: CertifiedTrace): Map<string, Set<string>> {
  const byBranch = new Map<string, Set<string>>();
  for (const request of requests(trace, true)) {
    const branch = parameter(topVia(request)?.parameters ?? [], 'branch') ?? '';
    // ACK to a failure and CANCEL share their INVITE's transaction; ACK to a 2xx is one of its own.
    if (request.method === 'ACK' || request.method === 'CANCEL') continue;
    byBranch.set(branch, (byBranch.get(branch) ?? new Set()).add(header(request, 'CSeq') ?? ''));
  }
  return byBranch;
}

/** Requests within dialogs: those with a tag in To. */
function inDialog(trace: CertifiedTrace): SipRequest[] {
  return requests(trace, true).filter((request) => tagOf(header(request, 'To')) !== undefined);
}

function answered(trace: CertifiedTrace, method: string): Decision {
  const got = requests(trace, false, method);
  const finals = responses(trace, true, method).filter(({ statusCode }) => statusCode >= 200);
  return each(got, `${method} that it was sent`, (request) =>
    finals.some(
      (response) =>
        header(response, 'CSeq') === header(request, 'CSeq') &&
        header(response, 'Call-ID') === header(request, 'Call-ID'),
    ),
  );
}

function copies(name: string): (trace: CertifiedTrace) => Decision {
  return (trace) => {
    const asked = requests(trace, false);
    return each(responses(trace, true), 'response', (response) =>
      asked.some(
        (request) =>
          header(request, 'CSeq') === header(response, 'CSeq') &&
          sameBase(header(request, name), header(response, name)),
      ),
    );
  };
}

/** Equal but for a tag, which the UAS adds, and for what a receiver adds to Via. */
function sameBase(a: string | undefined, b: string | undefined): boolean {
  const base = (value: string | undefined): string | undefined =>
    value?.replace(/;(tag|received|rport)(=[^;,>]*)?/gi, '').trim();
  return base(a) === base(b);
}

function cseqGrows(trace: CertifiedTrace): Decision {
  const numbers = new Map<string, number[]>();
  for (const request of requests(trace, true)) {
    const cseq = cseqOf(request);
    if (!cseq || request.method === 'ACK' || request.method === 'CANCEL') continue;
    const key = `${header(request, 'Call-ID')}`;
    const known = numbers.get(key) ?? [];
    if (known.at(-1) !== cseq.number) numbers.set(key, [...known, cseq.number]);
  }
  return each([...numbers.values()], 'call', (list) =>
    list.every((n, at) => at === 0 || n === (list[at - 1] as number) + 1),
  );
}

function acknowledges(trace: CertifiedTrace, isRight: (ack: SipRequest, ok: SipResponse) => boolean): Decision {
  const oks = responses(trace, false, 'INVITE').filter(({ statusCode }) => statusCode >= 200 && statusCode < 300);
  const acks = requests(trace, true, 'ACK');
  return each(oks, '2xx to its INVITE', (ok) =>
    acks.some((ack) => header(ack, 'Call-ID') === header(ok, 'Call-ID') && isRight(ack, ok)),
  );
}

const sequenceOf = (message: SipRequest | SipResponse): number | undefined => cseqOf(message)?.number;

const ROWS: readonly Row[] = [
  [
    'rfc3261/8.1.1.7/unique-branch',
    'must',
    'RFC 3261 §8.1.1.7',
    'Each transaction has a branch of its own.',
    (trace) => each([...transactionsOf(trace).values()], 'branch', (cseqs) => cseqs.size === 1),
  ],
  [
    'rfc3261/8.1.1.6/max-forwards',
    'should',
    'RFC 3261 §8.1.1.6',
    'Max-Forwards begins at 70.',
    (trace) => each(requests(trace, true), 'request', (request) => Number(header(request, 'Max-Forwards')) === 70),
  ],
  [
    'rfc3261/8.1.1.8/one-contact',
    'must',
    'RFC 3261 §8.1.1.8',
    'An INVITE has exactly one Contact with a SIP URI.',
    (trace) =>
      each(requests(trace, true, 'INVITE'), 'INVITE', (request) =>
        /^[^,]*<?sips?:[^,]*$/i.test(header(request, 'Contact') ?? ''),
      ),
  ],
  [
    'rfc3261/12.1.2/from-tag',
    'must',
    'RFC 3261 §12.1.2',
    'The dialog’s local tag stays the same.',
    (trace) =>
      each(
        byCall(requests(trace, true)),
        'call',
        (calls) => new Set(calls.map((one) => tagOf(header(one, 'From')))).size === 1,
      ),
  ],
  [
    'rfc3261/12.2.1.1/to-tag',
    'must',
    'RFC 3261 §12.2.1.1',
    'Requests in a dialog carry the tag that the peer gave.',
    (trace) => {
      const given = new Set(responses(trace, false).map((response) => tagOf(header(response, 'To'))));
      const own = new Set(requests(trace, false).map((request) => tagOf(header(request, 'From'))));
      return each(inDialog(trace), 'request in a dialog', (request) => {
        const tag = tagOf(header(request, 'To'));
        return given.has(tag) || own.has(tag);
      });
    },
  ],
  [
    'rfc3261/12.2.1.1/cseq-grows',
    'must',
    'RFC 3261 §12.2.1.1',
    'CSeq grows by one with each request of a dialog.',
    cseqGrows,
  ],
  [
    'rfc3261/12.2.1.1/remote-target',
    'must',
    'RFC 3261 §12.2.1.1',
    'Requests in a dialog go to the peer’s Contact.',
    (trace) => {
      const targets = [...responses(trace, false), ...requests(trace, false)].flatMap((message) =>
        withoutPort(uriIn(firstValue(message, 'Contact')) ?? ''),
      );
      return each(inDialog(trace), 'request in a dialog', ({ uri }) => targets.includes(withoutPort(uri)));
    },
  ],
  [
    'rfc3261/13.2.2.4/ack',
    'must',
    'RFC 3261 §13.2.2.4',
    'Each 2xx to an INVITE is acknowledged.',
    (trace) => acknowledges(trace, () => true),
  ],
  [
    'rfc3261/13.2.2.4/ack-cseq',
    'must',
    'RFC 3261 §13.2.2.4',
    'The ACK has the sequence number of its INVITE.',
    (trace) => acknowledges(trace, (ack, ok) => sequenceOf(ack) === sequenceOf(ok)),
  ],
  [
    'rfc3261/15.1/bye',
    'must',
    'RFC 3261 §15.1',
    'A call ends by a BYE, sent or answered.',
    (trace) =>
      each(
        byCall(responses(trace, false, 'INVITE').filter(({ statusCode }) => statusCode < 300 && statusCode >= 200)),
        'call',
        ([ok]) => {
          const ends = (one: SipRequest): boolean => header(one, 'Call-ID') === header(ok as SipResponse, 'Call-ID');
          return requests(trace, true, 'BYE').some(ends) || requests(trace, false, 'BYE').some(ends);
        },
      ),
  ],
  ['rfc3261/15.1.2/bye-answered', 'must', 'RFC 3261 §15.1.2', 'A BYE is answered.', (trace) => answered(trace, 'BYE')],
  ['rfc3261/8.2.6.2/via', 'must', 'RFC 3261 §8.2.6.2', 'A response has the request’s Via.', copies('Via')],
  ['rfc3261/8.2.6.2/from', 'must', 'RFC 3261 §8.2.6.2', 'A response has the request’s From.', copies('From')],
  [
    'rfc3261/8.2.6.2/to',
    'must',
    'RFC 3261 §8.2.6.2',
    'A response has the request’s To, but for the tag.',
    copies('To'),
  ],
  ['rfc3261/8.2.6.2/call-id', 'must', 'RFC 3261 §8.2.6.2', 'A response has the request’s Call-ID.', copies('Call-ID')],
  [
    'rfc3261/18.1.1/via-transport',
    'must',
    'RFC 3261 §18.1.1, RFC 7118 §5.1',
    'Via names the transport that is used.',
    (trace) => {
      const sent = messagesOf(trace, true).flatMap(({ message, transport }) =>
        message?.kind === 'request' ? [{ message, transport }] : [],
      );
      return each(sent, 'request', ({ message, transport }) => {
        const said = /^SIP\s*\/\s*2\.0\s*\/\s*(\w+)/i.exec(firstValue(message, 'Via') ?? '')?.[1]?.toLowerCase();
        // A browser behind a relay says WSS of a WS connection too.
        return said === transport || (transport.startsWith('ws') && said?.startsWith('ws') === true);
      });
    },
  ],
  [
    'rfc3261/20.5/allow',
    'should',
    'RFC 3261 §13.2.1',
    'An INVITE says by Allow what may be sent in the call.',
    (trace) => each(requests(trace, true, 'INVITE'), 'INVITE', (request) => header(request, 'Allow') !== undefined),
  ],
  [
    'rfc3261/20.41/user-agent',
    'should',
    'RFC 3261 §20.41',
    'An INVITE names the program.',
    (trace) =>
      each(requests(trace, true, 'INVITE'), 'INVITE', (request) => header(request, 'User-Agent') !== undefined),
  ],
  [
    'rfc3581/3/rport',
    'should',
    'RFC 3581 §3',
    'Over UDP, Via has rport.',
    (trace) => {
      const udp = messagesOf(trace, true).flatMap(({ message, transport }) =>
        message?.kind === 'request' && transport === 'udp' ? [message] : [],
      );
      return each(udp, 'request over UDP', (request) => /;\s*rport\b/i.test(firstValue(request, 'Via') ?? ''));
    },
  ],
  [
    'rfc3264/4/offer',
    'must',
    'RFC 3264 §4',
    'The call’s media are offered or answered.',
    (trace) =>
      each(requests(trace, true, 'INVITE'), 'INVITE', () =>
        messagesOf(trace, true).some(({ sdp }) => sdp !== undefined),
      ),
  ],
  [
    'rfc3264/5/audio',
    'should',
    'RFC 3264 §5.1',
    'It offers a codec of sound that every endpoint has: PCMU, PCMA, G.722 or Opus.',
    (trace) =>
      each(offersOf(trace), 'description', ({ media }) =>
        media.some(
          (line) =>
            line.kind === 'audio' &&
            (line.formats.some((format) => ['0', '8', '9'].includes(format)) ||
              mapsOf(line).some((map) => /opus/i.test(map))),
        ),
      ),
  ],
  [
    'rfc3264/8/version',
    'must',
    'RFC 3264 §8',
    'A description that is sent again and differs has a higher version; one that does not has the same.',
    (trace) => {
      const own = offersOf(trace);
      const pairs = own.slice(1).map((later, at) => [own[at] as (typeof own)[number], later] as const);
      return each(pairs, 'second description', ([earlier, later]) => {
        const step = Number(BigInt(later.origin.sessionVersion) - BigInt(earlier.origin.sessionVersion));
        const isSame = JSON.stringify({ ...earlier, origin: 0 }) === JSON.stringify({ ...later, origin: 0 });
        return isSame ? step === 0 || step === 1 : step === 1;
      });
    },
  ],
  [
    'rfc8866/5.2/origin',
    'must',
    'RFC 8866 §5.2',
    'All descriptions of a session have one identifier in o=.',
    (trace) =>
      each(
        [offersOf(trace)].filter((list) => list.length > 0),
        'session',
        (list) => new Set(list.map(({ origin }) => origin.sessionId)).size === 1,
      ),
  ],
];

function offersOf(trace: CertifiedTrace) {
  return messagesOf(trace, true).flatMap(({ sdp }) => sdp ?? []);
}

function mapsOf(line: {
  readonly attributes: readonly { readonly name: string; readonly value?: string }[];
}): string[] {
  return line.attributes.flatMap(({ name, value }) => (name === 'rtpmap' && value !== undefined ? [value] : []));
}

function byCall<M extends SipRequest | SipResponse>(messages: readonly M[]): M[][] {
  return [...Map.groupBy(messages, (message) => header(message, 'Call-ID')).values()];
}

/** User and host: the harness's own relays stand at other ports, and say so to the endpoint only. */
function withoutPort(uri: string): string {
  return uri.replace(/;.*$/s, '').replace(/:\d+$/, '').toLowerCase();
}

function uriIn(contact: string | undefined): string | undefined {
  return /<([^>]+)>/.exec(contact ?? '')?.[1] ?? contact?.split(';')[0]?.trim();
}

export const DIALOG_REQUIREMENTS: readonly Requirement[] = ROWS.map(([id, level, cites, text, decide]) => ({
  id,
  level,
  cites,
  text,
  // Its answers are seen where the conference asks something of it.
  trial: id.startsWith('rfc3261/8.2.6.2/') || id === 'rfc3261/15.1.2/bye-answered' ? 'removed' : 'clean',
  decide,
}));
