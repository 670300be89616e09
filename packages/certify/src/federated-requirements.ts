import { cseqOf } from '@plugfest/sip';
import type { CertifiedTrace, TracedMessage } from './certified-trace.ts';
import { type Decision, fail, notExercised, pass, type Requirement } from './requirement.ts';

const EVENTS = 'events.jsonl';

type Row = readonly [
  id: string,
  trial: 'clean' | 'refused',
  cites: string,
  text: string,
  decide: (trace: CertifiedTrace) => Decision,
];

function described(trace: CertifiedTrace): TracedMessage[] {
  return trace.messages.filter(({ isSent, sdp }) => isSent && sdp !== undefined);
}

/** Of each medium that it has described and not refused. */
function eachMedium(
  trace: CertifiedTrace,
  isRight: (medium: NonNullable<TracedMessage['sdp']>['media'][number]) => boolean,
): Decision {
  const media = described(trace).flatMap(({ sdp }) => sdp?.media.filter(({ port }) => port !== 0) ?? []);
  if (media.length === 0) return notExercised('it has described no medium');
  const wrong = media.filter((medium) => !isRight(medium)).length;
  const what = `${media.length} media in ${described(trace).length} descriptions`;
  return wrong === 0 ? pass(`so in all of ${what}`, EVENTS) : fail(`not so in ${wrong} of ${what}`, EVENTS);
}

function overTls(trace: CertifiedTrace): Decision {
  if (trace.messages.length === 0) return notExercised('it has sent no message');
  const clear = trace.messages.filter(({ transport }) => transport.toLowerCase() !== 'tls').length;
  const what = `${trace.messages.length} messages`;
  return clear === 0 ? pass(`all ${what} over TLS`, EVENTS) : fail(`${clear} of ${what} not over TLS`, EVENTS);
}

function refusalIsTold({ checks, messages }: CertifiedTrace): Decision {
  const isTaken = messages.some(
    ({ isSent, message }) =>
      !isSent &&
      message?.kind === 'response' &&
      cseqOf(message)?.method === 'INVITE' &&
      message.statusCode < 300 &&
      message.statusCode >= 200,
  );
  if (isTaken) return notExercised('the policy has no say over this client: it calls in its own domain');
  const check = checks.find(({ id }) => id.startsWith('refused-by-rule'));
  if (!check) return notExercised('the run has no such check');
  const outcome = check.verdict === 'pass' || check.verdict === 'fail' ? check.verdict : 'inconclusive';
  return { outcome, seen: check.measured, evidence: EVENTS };
}

/** A refused call ends in the ACK that the transaction owes, and in nothing after it. */
function refusalIsAcknowledged({ messages }: CertifiedTrace): Decision {
  const methods = messages.flatMap(({ isSent, message }) =>
    isSent && message?.kind === 'request' ? [message.method] : [],
  );
  const refused = messages.some(
    ({ isSent, message }) => !isSent && message?.kind === 'response' && message.statusCode >= 300,
  );
  if (!refused) return notExercised('no call of it was refused');
  return methods.includes('ACK')
    ? pass(`it sent ${methods.join(', ')}`, EVENTS)
    : fail(`it sent ${methods.join(', ')}, and no ACK`, EVENTS);
}

const ROWS: readonly Row[] = [
  ['tls', 'clean', 'RFC 3261 §26.3.2.1', 'It signals over TLS, all of it.', overTls],
  [
    'no-media-in-the-clear',
    'clean',
    'RFC 3711 §1, MS-SDPEXT §3.1.5.12',
    'It offers no medium in the clear: each is under a secure profile or has a key beside it.',
    (trace) =>
      eachMedium(
        trace,
        ({ protocol, attributes }) =>
          protocol.includes('SAVP') || attributes.some(({ name }) => name === 'crypto' || name === 'fingerprint'),
      ),
  ],
  [
    'candidates',
    'clean',
    'RFC 8445 §5.1, MS-ICE2 §3.1.4.8',
    'Each medium has candidates, a fragment and a password: no border is passed without.',
    (trace) => eachMedium(trace, ({ attributes }) => attributes.some(({ name }) => name === 'candidate')),
  ],
  [
    'refusal-is-told',
    'refused',
    'MS-OCER §2.2.1.2',
    'A call that the federation’s policy refuses ends with that refusal, by its rule.',
    refusalIsTold,
  ],
  [
    'refusal-is-acknowledged',
    'refused',
    'RFC 3261 §17.1.1.3',
    'It acknowledges the refusal of its call.',
    refusalIsAcknowledged,
  ],
];

/** What a client behind its own domain's edge owes besides what every client owes. */
export const FEDERATED_REQUIREMENTS: readonly Requirement[] = ROWS.map(
  ([id, trial, cites, text, decide]): Requirement => ({
    id: `federated/${id}`,
    level: 'must',
    text,
    cites,
    trial,
    decide,
  }),
);
