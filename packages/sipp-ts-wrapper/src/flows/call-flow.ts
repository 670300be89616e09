import type { Action } from '../action.ts';
import {
  awaitCommand,
  label,
  perform,
  receiveRequest,
  receiveResponse,
  type Scenario,
  type Step,
  send,
  tell,
} from '../step.ts';
import { authentication, branchOf, type Keyword, keyword, type Text } from '../text.ts';
import { FAILURE_CODES } from './failure-codes.ts';
import {
  type Body,
  type CallParties,
  formatRequest,
  formatResponse,
  type HeaderLine,
  type RequestOptions,
} from './request.ts';

export interface CallFlowOptions extends CallParties {
  readonly name?: string;
  /**
   * `offer`: goes with INVITE. `answer`: a late offer, INVITE goes without a description and ACK brings this one. It also answers what the other
   * side offers anew.
   */
  readonly description: Body & { readonly as: 'offer' | 'answer' };
  /** On requests and successful responses of ours, e.g. `User-Agent`, `Supported`. */
  readonly headers?: readonly HeaderLine[];
  /** On INVITE and its answers only, e.g. `Session-Expires`. */
  readonly inviteHeaders?: readonly HeaderLine[];
  /** Descriptions that the owner may offer anew in the call, by the word that asks for it (`SippCall.reoffer`). */
  readonly reoffers?: Readonly<Record<string, Body>>;
  /** For a challenge. */
  readonly credentials?: { readonly username: string; readonly password: string };
}

/**
 * Words of a call flow. From the call: `calling`, `answered`, `reoffered`, `ended`. To the call: `hang-up`, which before the answer cancels, and those of `reoffers`. A word that comes
 * while the call is busy answering something ends it without BYE: `SippCall` takes care of that.
 */
export const CALL_COMMANDS = {
  calling: 'calling',
  answered: 'answered',
  reoffered: 'reoffered',
  ended: 'ended',
  hangUp: 'hang-up',
} as const;

const T1_MS = 500;
/** Timer B and F: 64·T1. */
const TRANSACTION_TIMEOUT_MS = 64 * T1_MS;
const ANSWERED_IN_DIALOG = ['INFO', 'OPTIONS', 'UPDATE', 'NOTIFY', 'MESSAGE'];

/**
 * One outgoing call, from INVITE to the end: provisional responses, a challenge, refusals (acknowledged), CANCEL, and once it is answered any
 * number of requests of the other side, until its owner (`SippCall`) or the other side ends it.
 * @see RFC 3261 §13.2, §15, RFC 3264
 */
export function callFlow(options: CallFlowOptions): Scenario {
  return {
    name: options.name ?? 'call',
    steps: [
      tell(CALL_COMMANDS.calling),
      ...invitation(options, 'invite', 1),
      ...(options.credentials ? challenged(options, options.credentials) : []),
      ...(options.credentials ? answered(options, 'invite-again', 2) : []),
      ...answered(options, 'invite', 1),
      ...dialog(options),
      ...betweenSteps(options),
      ...Object.entries(options.reoffers ?? {}).flatMap(([word, body]) => reoffer(options, word, body)),
      ...hangUp(options),
      ...cancel(options, 'invite', 1),
      ...(options.credentials ? cancel(options, 'invite-again', 2) : []),
      ...place('over'),
      tell(CALL_COMMANDS.ended),
    ],
  };
}

function invitation(options: CallFlowOptions, id: string, cseq: number, authorization?: Text): Step[] {
  const isFirst = id === 'invite';
  return [
    send(inviteOf(options, cseq, authorization), { id, retransmitAfterMs: T1_MS }),
    ...[100, 180, 181, 182, 183].map((code) => receiveResponse(code, { optional: true })),
    ...[200, 202].map((code) => receiveResponse(code, { optional: true, recordRoutes: true, next: `answered-${id}` })),
    ...(isFirst && options.credentials
      ? [401, 407].map((code) => receiveResponse(code, { optional: true, authenticate: true, next: 'challenged' }))
      : []),
    ...FAILURE_CODES.map((code) => receiveResponse(code, { optional: true, next: `refused-${id}` })),
    awaitCommand({ next: `cancel-${id}` }),
    ...place(`refused-${id}`),
    send(ackOfRefusal(options, id, cseq), { next: 'over' }),
  ];
}

function inviteOf(options: CallFlowOptions, cseq: number, authorization?: Text): Text {
  return formatRequest({
    method: 'INVITE',
    uri: options.target,
    cseq,
    parties: options,
    contact: true,
    ...(authorization ? { authorization } : {}),
    headers: [...(options.headers ?? []), ...(options.inviteHeaders ?? [])],
    ...(options.description.as === 'offer' ? { body: options.description } : {}),
  });
}

function challenged(options: CallFlowOptions, credentials: NonNullable<CallFlowOptions['credentials']>): Step[] {
  return [
    ...place('challenged'),
    send(ackOfRefusal(options, 'invite', 1)),
    ...invitation(options, 'invite-again', 2, [authentication(credentials)]),
  ];
}

/** In the transaction of the INVITE, hop by hop. @see RFC 3261 §17.1.1.3 */
function ackOfRefusal(options: CallFlowOptions, id: string, cseq: number): Text {
  return formatRequest({
    method: 'ACK',
    uri: options.target,
    cseq,
    parties: options,
    branch: branchOf(id),
    toTag: keyword.peerTag,
  });
}

function answered(options: CallFlowOptions, id: string, cseq: number): Step[] {
  return [
    ...place(`answered-${id}`),
    send(inDialog(options, 'ACK', cseq, options.description.as === 'answer' ? { body: options.description } : {})),
    tell(CALL_COMMANDS.answered, { next: 'talking' }),
  ];
}

/** What the owner's word leads to: a new offer where it is one of those, else the end. A variable that matched once stays set: words are compared. */
function commanded(words: readonly string[]): Step[] {
  if (words.length === 0) return [awaitCommand({ next: 'hang-up' })];
  const names = words.map((word) => ({ word, differs: `differs_${word}`, wanted: `wanted_${word}` }));
  return [
    awaitCommand({
      actions: [
        { kind: 'match', pattern: 'Command: *([a-z-]+)', into: ['command', 'word'] },
        ...names.flatMap(({ word, differs, wanted }): Action[] => [
          { kind: 'compare-text', variable: 'word', value: word, into: differs },
          { kind: 'compare', variable: differs, is: 'equal', value: 0, into: wanted },
        ]),
      ],
    }),
    ...names.map(({ word, wanted }) => perform({ next: word, nextIf: wanted })),
    // SIPp complains of a variable that is written and never read.
    perform({
      next: 'hang-up',
      actions: [{ kind: 'match', pattern: '.*', of: { variable: 'command' }, into: ['command'] }],
    }),
  ];
}

/**
 * SIPp's own branch is that of the step, the same each time: a second offer would be taken for the first once more.
 * @see RFC 3261 §14.1, §8.1.1.7, RFC 3264 §8
 */
function reoffer(options: CallFlowOptions, word: string, body: Body): Step[] {
  const branch = (of: string): Text => [`z9hG4bK${options.fromTag}-${of}-`, keyword.cseq];
  const headers = [...(options.headers ?? []), ...(options.inviteHeaders ?? [])];
  const ack = (of: string, routes: boolean): Text =>
    inDialog(options, 'ACK', keyword.cseq, { branch: branch(of), routes });
  return [
    ...place(word),
    send(inDialog(options, 'INVITE', keyword.cseq, { branch: branch('invite'), contact: true, headers, body }), {
      retransmitAfterMs: T1_MS,
    }),
    receiveRequest('BYE', { optional: true, next: 'gone' }),
    ...[100, 180, 183].map((code) => receiveResponse(code, { optional: true })),
    ...FAILURE_CODES.map((code) => receiveResponse(code, { optional: true, next: `refused-${word}` })),
    receiveResponse(200, { timeoutMs: TRANSACTION_TIMEOUT_MS }),
    send(ack('ack', true)),
    tell(CALL_COMMANDS.reoffered, { next: 'talking' }),
    ...place(`refused-${word}`),
    send(ack('invite', false)),
    tell(CALL_COMMANDS.reoffered, { next: 'talking' }),
  ];
}

/** The same description answers whatever the other side offers anew. */
function descriptionAgain(options: CallFlowOptions): Text {
  return formatResponse({
    statusCode: 200,
    reasonPhrase: 'OK',
    contact: options,
    headers: [...(options.headers ?? []), ...(options.inviteHeaders ?? [])],
    body: options.description,
  });
}

/** Every place where the call may stay for long listens to its owner too. */
function dialog(options: CallFlowOptions): Step[] {
  const ok = formatResponse({ statusCode: 200, reasonPhrase: 'OK', headers: options.headers });
  return [
    label('talking'),
    receiveRequest('BYE', { optional: true, next: 'gone' }),
    receiveRequest('INVITE', { optional: true, next: 're-invited' }),
    receiveRequest('ACK', { optional: true, next: 'talking' }),
    ...ANSWERED_IN_DIALOG.map((method) => receiveRequest(method, { optional: true, next: 'asked' })),
    ...commanded(Object.keys(options.reoffers ?? {})),
    ...place('asked'),
    send(ok, { next: 'talking' }),
    ...place('re-invited'),
    send(descriptionAgain(options), { retransmitAfterMs: T1_MS, next: 'talking' }),
    ...place('gone'),
    send(ok, { next: 'over' }),
  ];
}

/**
 * SIPp takes one step in a few milliseconds and looks at its sockets between them, so a message may come while the call stands at a step that
 * receives nothing. It goes on here then, and returns to that step.
 */
function betweenSteps(options: CallFlowOptions): Step[] {
  return [
    label('_unexp.main'),
    receiveRequest('BYE', { optional: true, next: 'gone' }),
    receiveRequest('INVITE', { optional: true, next: 're-invited-between' }),
    ...ANSWERED_IN_DIALOG.map((method) => receiveRequest(method, { optional: true, next: 'asked-between' })),
    receiveRequest('ACK', { next: 'return' }),
    ...place('asked-between'),
    send(formatResponse({ statusCode: 200, reasonPhrase: 'OK', headers: options.headers }), { actions: GO_BACK }),
    ...place('re-invited-between'),
    send(descriptionAgain(options), { actions: GO_BACK }),
    ...place('return'),
    perform({ actions: GO_BACK }),
  ];
}

/** Back to the interrupted step in the same turn as the answer: the other side may go on at once. */
const GO_BACK: readonly Action[] = [
  { kind: 'assign', into: 'interrupted', value: { variable: '_unexp.retaddr' } },
  { kind: 'assign', into: '_unexp.retaddr', value: 0 },
  { kind: 'jump', variable: 'interrupted' },
];

/** A label that one can come back to: SIPp jumps to a step by way of the one before it, and obeys that one's `next`. */
function place(name: string): Step[] {
  return [perform({}), label(name)];
}

function hangUp(options: CallFlowOptions): Step[] {
  return [
    ...place('hang-up'),
    send(inDialog(options, 'BYE', byeNumber(options)), { retransmitAfterMs: T1_MS }),
    receiveRequest('BYE', { optional: true, next: 'crossed' }),
    ...[408, 481].map((code) => receiveResponse(code, { optional: true, next: 'over' })),
    receiveResponse(200, { timeoutMs: TRANSACTION_TIMEOUT_MS, next: 'over' }),
    ...place('crossed'),
    send(formatResponse({ statusCode: 200, reasonPhrase: 'OK' }), { next: 'over' }),
  ];
}

/** SIPp counts requests itself; its count is only needed where there may be others than the invitations. */
function byeNumber({ credentials, reoffers }: CallFlowOptions): number | Keyword {
  if (reoffers) return keyword.cseq;
  return credentials ? 3 : 2;
}

/** The answer may be quicker than the CANCEL: then the call is up, and is ended. @see RFC 3261 §9.1 */
function cancel(options: CallFlowOptions, id: string, cseq: number): Step[] {
  return [
    ...place(`cancel-${id}`),
    send(formatRequest({ method: 'CANCEL', uri: options.target, cseq, parties: options, branch: branchOf(id) }), {
      retransmitAfterMs: T1_MS,
    }),
    label(`cancelling-${id}`),
    ...[481].map((code) => receiveResponse(code, { optional: true, next: `cancelling-${id}` })),
    ...FAILURE_CODES.filter((code) => code !== 481).map((code) =>
      receiveResponse(code, { optional: true, next: `refused-${id}` }),
    ),
    receiveResponse(200, {
      timeoutMs: TRANSACTION_TIMEOUT_MS,
      recordRoutes: true,
      actions: [{ kind: 'match', pattern: 'INVITE', header: 'CSeq', into: ['late'] }],
      next: `late-${id}`,
      nextIf: 'late',
    }),
    perform({ next: `cancelling-${id}` }),
    ...place(`late-${id}`),
    send(inDialog(options, 'ACK', cseq, options.description.as === 'answer' ? { body: options.description } : {}), {
      next: 'hang-up',
    }),
  ];
}

function inDialog(
  options: CallFlowOptions,
  method: string,
  cseq: RequestOptions['cseq'],
  more: Partial<RequestOptions> = {},
): Text {
  return formatRequest({
    method,
    uri: keyword.remoteTarget,
    cseq,
    parties: options,
    toTag: keyword.peerTag,
    routes: true,
    ...(method === 'ACK' ? {} : { headers: options.headers }),
    ...more,
  });
}
