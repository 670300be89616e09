import type { Action } from '../action.ts';
import { label, pause, receiveRequest, receiveResponse, type Scenario, type Step, send } from '../step.ts';
import { keyword, sip, type Text, variable } from '../text.ts';
import { type Body, formatResponse, type HeaderLine } from './request.ts';

export interface AnswerFlowOptions {
  readonly name?: string;
  /** Our tag. */
  readonly toTag: string;
  readonly contactUser: string;
  readonly headers?: readonly HeaderLine[];
  /** Refuses with that instead of answering. */
  readonly refuse?: {
    readonly statusCode: number;
    readonly reasonPhrase: string;
    readonly headers?: readonly HeaderLine[];
  };
  readonly description?: Body;
  /** Time between 180 and the answer. */
  readonly ringMs?: number;
  /** We end the call then; without it the caller does. */
  readonly hangUpAfterMs?: number;
  /** Requests that we send in the call once it is up, each of which must be answered with 200. */
  readonly asks?: readonly { readonly method: string; readonly body?: Body }[];
}

const T1_MS = 500;

/** Who calls, as requests of ours to the caller need it. */
const REMEMBER_CALLER: readonly Action[] = [
  { kind: 'match', pattern: 'sip:[^>]*', header: 'Contact', into: ['caller'], must: 'match' },
  { kind: 'match', pattern: '[^ ].*', header: 'From', into: ['from'], must: 'match' },
  { kind: 'match', pattern: '[^ ].*', header: 'To', into: ['to'], must: 'match' },
];

/** One incoming call: rings, answers or refuses, may ask something, and waits for the end or makes it. @see RFC 3261 §13.3 */
export function answerFlow(options: AnswerFlowOptions): Scenario {
  const { refuse, description } = options;
  const wait = options.ringMs === undefined ? [] : [pause(options.ringMs)];
  const final = refuse
    ? respond(options, refuse.statusCode, refuse.reasonPhrase, undefined, refuse.headers)
    : respond(options, 200, 'OK', description);
  const asksOrEnds = !refuse && (options.asks !== undefined || options.hangUpAfterMs !== undefined);
  return {
    name: options.name ?? 'answer',
    steps: [
      receiveRequest('INVITE', { recordRoutes: true, actions: asksOrEnds ? REMEMBER_CALLER : [] }),
      send(respond(options, 180, 'Ringing')),
      ...wait,
      send(final, { retransmitAfterMs: T1_MS }),
      receiveRequest('ACK'),
      ...(refuse ? [] : conversation(options)),
    ],
  };
}

function respond(
  options: AnswerFlowOptions,
  statusCode: number,
  reasonPhrase: string,
  body?: Body,
  more: readonly HeaderLine[] = [],
): Text {
  const { toTag, contactUser, headers = [] } = options;
  const contact = { target: '', from: '', fromTag: '', contactUser };
  return formatResponse({
    statusCode,
    reasonPhrase,
    toTag,
    contact,
    headers: [...headers, ...more],
    ...(body ? { body } : {}),
  });
}

function conversation(options: AnswerFlowOptions): Step[] {
  const asks = (options.asks ?? []).flatMap(({ method, body }, i) => [
    send(ask(options, method, i + 1, body), { retransmitAfterMs: T1_MS }),
    receiveResponse(100, { optional: true }),
    receiveResponse(200),
    ...(method === 'INVITE' ? [send(ask(options, 'ACK', i + 1))] : []),
  ]);
  const bye = [send(formatResponse({ statusCode: 200, reasonPhrase: 'OK' }))];
  if (options.hangUpAfterMs === undefined) return [...asks, receiveRequest('BYE'), ...bye];
  return [
    ...asks,
    receiveRequest('BYE', { timeoutMs: options.hangUpAfterMs, onTimeout: 'we-end' }),
    ...bye.map((step) => ({ ...step, next: 'over' })),
    label('we-end'),
    send(ask(options, 'BYE', asks.length + 1), { retransmitAfterMs: T1_MS }),
    receiveResponse(200),
    label('over'),
    { kind: 'nothing' },
  ];
}

/** A request of the called side: its `From` is the call's `To`. */
function ask({ toTag }: AnswerFlowOptions, method: string, cseq: number, body?: Body): Text {
  return [
    ...sip`${method} ${variable('caller')} SIP/2.0
      Via: SIP/2.0/${keyword.transport} ${keyword.localAddress}:${keyword.localPort};branch=${keyword.branch}
      Max-Forwards: 70
      From: ${variable('to')};tag=${toTag}
      To: ${variable('from')}
      Call-ID: ${keyword.callId}
      CSeq: ${cseq} ${method}
      Contact: <sip:${keyword.localAddress}:${keyword.localPort};transport=${keyword.transport}>
      `,
    ...(body ? [`Content-Type: ${body.contentType}\n`] : []),
    ...sip`Content-Length: ${keyword.length}
      `,
    '\n',
    ...(body ? [body.content].flat() : []),
  ];
}
