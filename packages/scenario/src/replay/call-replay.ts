import type { Clock, Random, Timer } from '@plugfest/model';
import {
  answerChallenge,
  chooseChallenge,
  createFailureAck,
  createResponse,
  createUacDialog,
  createUasDialog,
  cseqOf,
  type Dialog,
  formatMessage,
  header,
  headers,
  parseChallenge,
  parseMessage,
  type SipHeader,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from '@plugfest/sip';
import { branchOf, CallTransactions, type SentRequest } from './call-transactions.ts';
import { type RecordedCall, type RecordedMessage, textOfRecorded } from './recorded-call.ts';
import type { ReplayMedia } from './replay-media.ts';
import type { ReplayTransport } from './replay-transport.ts';
import { bodyOfNow, headersOfResponse, rewriteRequest, withTag } from './rewrite-message.ts';

/** What the other side said then, and what it said now; either may be missing. */
export interface Heard {
  /** The captured message's number, from 1. */
  readonly number: number;
  readonly was: string;
  readonly now: string | undefined;
  readonly why?: string;
}

export interface CallReplayOptions {
  readonly call: RecordedCall;
  /** Of the call's `username`. */
  readonly password?: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: ReplayTransport;
  readonly media: ReplayMedia;
  readonly conferenceUri: string;
  readonly signal: AbortSignal;
  /** Where a callee is called: has the bridge call that address. */
  readonly dialOut: (uri: string) => Promise<void>;
  readonly onHeard: (heard: Heard) => void;
  /** Something that was said then and is not said now, or the other way round. */
  readonly onNote: (text: string) => void;
}

/** Pauses of then are kept up to here: nobody waits for a minute of ringing. */
const LONGEST_PAUSE_MS = 10_000;
/** How much longer than then an answer may take. */
const PATIENCE_MS = 5000;
const T1_MS = 500;
const RETRANSMISSIONS = 6;
const GOODBYE_MS = 2000;

/**
 * Plays one side of a captured call: says what it said, correlated to the call of now, when what came before it then has come now. Challenges that nobody
 * makes now are passed over with their answers. ACKs are made as the call of now wants them.
 */
export class CallReplay {
  readonly #options: CallReplayOptions;
  readonly #transactions = new CallTransactions();
  readonly #callId: string;
  readonly #tag: string;
  /** By CSeq and method of then: the request of now; undefined where it is not said now. */
  readonly #sent = new Map<string, SentRequest | undefined>();
  /** By CSeq and method of then: the request of the other side. */
  readonly #asked = new Map<string, SipRequest>();
  readonly #taken = new Set<SipRequest>();
  /** By CSeq and method: what was answered with a challenge then. */
  readonly #challenged = new Set<string>();
  #dialog: Dialog | undefined;
  #sequenceShift = 0;
  #highestSequence = 0;
  #isUp = false;
  #isOver = false;
  /** What the other side described last, then and now. */
  readonly #described: { was: string | undefined; now: string | undefined } = { was: undefined, now: undefined };
  #atMs = 0;

  constructor(options: CallReplayOptions) {
    this.#options = options;
    for (const recorded of options.call.messages) {
      const message = recorded.ours ? undefined : parsedOf(recorded);
      if (message?.kind === 'response' && isChallenge(message.statusCode)) this.#challenged.add(keyOf(message));
    }
    this.#callId = `${options.random.token(20)}@replay.example`;
    this.#tag = options.random.token(10);
    options.transport.onMessage = (message) => this.#take(message);
  }

  async run(): Promise<void> {
    const { call, dialOut, transport } = this.#options;
    const parsed = call.messages.map(parsedOf);
    if (call.plays === 'callee') await dialOut(`sip:replay@${transport.local};transport=${transport.name}`);
    for (const [index, recorded] of call.messages.entries()) {
      const message = parsed[index];
      if (this.#isOver || this.#options.signal.aborted) break;
      if (message) await (recorded.ours ? this.#say(message, recorded) : this.#listen(message, recorded, index + 1));
      this.#atMs = recorded.atMs;
    }
    await this.#goodbye();
  }

  async #say(message: SipMessage, recorded: RecordedMessage): Promise<void> {
    await this.#pause(recorded.atMs - this.#atMs);
    if (this.#isOver) return;
    if (message.kind === 'response') this.#reply(message);
    else if (message.method !== 'ACK') this.#ask(message);
  }

  #ask(recorded: SipRequest): void {
    const key = keyOf(recorded);
    const number = cseqOf(recorded)?.number ?? 0;
    const [beforeKey, before] =
      [...this.#sent].findLast(([other, sent]) => sent && other.endsWith(` ${recorded.method}`)) ?? [];
    if (recorded.method === 'CANCEL') {
      this.#cancel(recorded, key, this.#sent.get(`${number} INVITE`));
      return;
    }
    const wasChallenged = beforeKey !== undefined && this.#challenged.has(beforeKey);
    if (isAuthorized(recorded) && wasChallenged && before?.final && before.final.statusCode < 300) {
      this.#sent.set(key, before);
      this.#options.onNote(`nobody asks who calls now: ${recorded.method} ${number} with credentials is not said`);
      return;
    }
    const sequence = number + this.#sequenceShift;
    const request = this.#requestOfNow(recorded, sequence, authorizationFor(before, recorded, this.#options));
    if (isAuthorized(recorded) && !request.headers.some(({ name }) => /authorization$/i.test(name)))
      this.#options.onNote(`${recorded.method} ${number} is said without the credentials of then`);
    this.#sent.set(key, this.#send(request));
  }

  #cancel(recorded: SipRequest, key: string, invite: SentRequest | undefined): void {
    if (!invite || invite.final) {
      this.#sent.set(key, undefined);
      this.#options.onNote('CANCEL is not said: its INVITE is answered already');
      return;
    }
    const { request } = invite;
    const sequence = cseqOf(request)?.number ?? 1;
    const cancel = this.#requestOfNow(recorded, sequence, undefined, branchOf(request), request);
    this.#sent.set(key, this.#send(cancel));
  }

  #requestOfNow(
    recorded: SipRequest,
    sequence: number,
    authorization: SipHeader | undefined,
    branch = `z9hG4bK${this.#options.random.token(12)}`,
    like?: SipRequest,
  ): SipRequest {
    const { transport, media, conferenceUri } = this.#options;
    const dialog = recorded.method === 'CANCEL' ? undefined : this.#dialog;
    this.#highestSequence = Math.max(this.#highestSequence, sequence);
    return rewriteRequest(recorded, {
      uri: like?.uri ?? dialog?.remoteTarget ?? conferenceUri,
      from: dialog?.local ?? withTag(header(recorded, 'From') ?? '', this.#tag),
      to: dialog?.remote ?? withTag(header(recorded, 'To') ?? '', undefined),
      ...{ callId: dialog?.callId ?? this.#callId, sequence, branch, routes: dialog?.routeSet ?? [] },
      ...{ local: transport.local, transport: transport.name, media: media.own },
      ...(authorization ? { authorization } : {}),
    });
  }

  #reply(recorded: SipResponse): void {
    const request = this.#asked.get(keyOf(recorded));
    if (!request) return;
    const { transport, media } = this.#options;
    const { statusCode, reasonPhrase } = recorded;
    const response = createResponse(request, {
      ...{ statusCode, reasonPhrase, toTag: this.#tag },
      headers: headersOfResponse(recorded, { local: transport.local, transport: transport.name }),
    });
    transport.send({ ...response, body: bodyOfNow(recorded, media.own) });
    if (request.method === 'BYE') this.#isOver = true;
    if (request.method !== 'INVITE' || statusCode < 200) return;
    if (statusCode >= 300) return;
    this.#dialog ??= createUasDialog(request, this.#tag);
    this.#isUp = true;
    this.#flow(this.#atMs);
  }

  async #listen(message: SipMessage, recorded: RecordedMessage, number: number): Promise<void> {
    const patience = this.#patience(recorded.atMs - this.#atMs);
    if (message.kind === 'request') return this.#listenForRequest(message, number, patience);
    // What is on the way to an answer comes when it comes.
    if (message.statusCode < 200) return;
    const key = keyOf(message);
    const sent = this.#sent.get(key);
    if (!sent) return;
    const final = await this.#transactions.until(() => sent.final, patience);
    this.#describedBy(message, final);
    this.#options.onHeard({ number, was: textOf(message), now: final && textOf(final) });
    if (!final && sent.request.method === 'INVITE') this.#isOver = true;
    if (!final || !this.#needsCredentials(message, final)) return this.#follow(sent, message, final, recorded.atMs);
    this.#askAgain(key, sent, final);
  }

  #follow(sent: SentRequest, was: SipResponse, now: SipResponse | undefined, atMs: number): void {
    if (sent.request.method === 'BYE') this.#isOver = true;
    if (sent.request.method !== 'INVITE' || !now) return;
    if (now.statusCode < 300) this.#flow(atMs);
    else if (was.statusCode < 300 && !this.#isUp) {
      this.#options.onNote(`the call ends here: it was answered ${was.statusCode} then`);
      this.#isOver = true;
    }
  }

  async #listenForRequest(message: SipRequest, number: number, patience: Promise<void>): Promise<void> {
    if (message.method === 'ACK') return;
    const request = await this.#transactions.until(
      () => this.#transactions.asked(message.method, this.#taken),
      patience,
    );
    this.#options.onHeard({ number, was: textOf(message), now: request && textOf(request) });
    this.#describedBy(message, request);
    if (!request) return;
    this.#taken.add(request);
    this.#asked.set(keyOf(message), request);
    if (request.method === 'INVITE') this.#dialog ??= createUasDialog(request, this.#tag);
  }

  /** Asked for credentials now, and not then: they are given where there are some. */
  #needsCredentials(was: SipResponse, now: SipResponse): boolean {
    return isChallenge(now.statusCode) && !isChallenge(was.statusCode) && credentialsOf(this.#options) !== undefined;
  }

  #askAgain(key: string, sent: SentRequest, challenge: SipResponse): void {
    const authorization = authorizationOf(sent.request, challenge, this.#options);
    if (!authorization) return;
    this.#sequenceShift++;
    const recorded = { ...sent.request };
    this.#sent.set(key, this.#send(this.#requestOfNow(recorded, this.#highestSequence + 1, authorization)));
  }

  #describedBy(was: SipMessage, now: SipMessage | undefined): void {
    this.#described.was = descriptionIn(was) ?? this.#described.was;
    this.#described.now = (now && descriptionIn(now)) ?? this.#described.now;
  }

  #flow(fromMs: number): void {
    if (this.#described.now !== undefined) this.#options.media.play(this.#described.now, this.#described.was, fromMs);
  }

  #send(request: SipRequest): SentRequest {
    const sent = this.#transactions.sends(request);
    this.#options.transport.send(request);
    if (this.#options.transport.name === 'udp') this.#sendAgain(sent, T1_MS, RETRANSMISSIONS);
    return sent;
  }

  /** @see RFC 3261 §17.1.1.2, §17.1.2.2 */
  #sendAgain(sent: SentRequest, afterMs: number, times: number): Timer | undefined {
    if (times === 0) return undefined;
    return this.#options.clock.schedule(afterMs, () => {
      if (sent.final || sent.isProvisional || this.#isOver || this.#options.signal.aborted) return;
      this.#options.transport.send(sent.request);
      this.#sendAgain(sent, afterMs * 2, times - 1);
    });
  }

  #take(message: SipMessage): void {
    if (message.kind === 'response') {
      const sent = this.#transactions.hears(message);
      if (cseqOf(message)?.method === 'INVITE' && message.statusCode >= 200) this.#acknowledge(message, sent);
      return;
    }
    if (message.method === 'ACK' || !this.#transactions.isAsked(message)) return;
    if (this.#isExpected(message.method)) return;
    this.#options.onNote(`${message.method} comes, which did not come then; it is answered 200`);
    this.#options.transport.send(createResponse(message, { statusCode: 200, toTag: this.#tag }));
    if (message.method === 'BYE') this.#isOver = true;
  }

  /** A 2xx that comes again wants its ACK again. @see RFC 3261 §13.2.2.4, §17.1.1.3 */
  #acknowledge(response: SipResponse, fresh: SentRequest | undefined): void {
    const { transport } = this.#options;
    if (response.statusCode >= 300) {
      if (fresh) transport.send(createFailureAck(fresh.request, response));
      return;
    }
    if (fresh) this.#dialog = createUacDialog(fresh.request, response);
    this.#isUp = true;
    const recorded = this.#lateAnswer() ?? bareAck();
    transport.send(this.#requestOfNow(recorded, cseqOf(response)?.number ?? 1, undefined));
  }

  /** The ACK of then that brings a description. @see RFC 3264 §4 */
  #lateAnswer(): SipRequest | undefined {
    for (const recorded of this.#options.call.messages) {
      const message = recorded.ours ? parsedOf(recorded) : undefined;
      if (message?.kind === 'request' && message.method === 'ACK' && message.body.length > 0) return message;
    }
    return undefined;
  }

  #isExpected(method: string): boolean {
    const expected = this.#options.call.messages.filter(
      ({ ours, lines }) => !ours && lines[0]?.startsWith(`${method} `),
    );
    return expected.length > [...this.#taken].filter((request) => request.method === method).length;
  }

  async #goodbye(): Promise<void> {
    if (!this.#isUp || this.#isOver || !this.#dialog) return;
    this.#options.onNote('the capture ends in the call: it is hung up');
    const bye = this.#send(this.#requestOfNow({ ...bareAck(), method: 'BYE' }, this.#highestSequence + 1, undefined));
    await this.#transactions.until(() => bye.final, this.#after(GOODBYE_MS));
  }

  #pause(ms: number): Promise<void> {
    return ms <= 0 ? Promise.resolve() : this.#after(Math.min(ms, LONGEST_PAUSE_MS));
  }

  #patience(thenMs: number): Promise<void> {
    return this.#after(Math.min(Math.max(0, thenMs), LONGEST_PAUSE_MS * 3) + PATIENCE_MS);
  }

  #after(ms: number): Promise<void> {
    const { clock, signal } = this.#options;
    return new Promise((resolve) => {
      const timer = clock.schedule(ms, resolve);
      signal.addEventListener('abort', () => {
        timer.cancel();
        resolve();
      });
    });
  }
}

function parsedOf(recorded: RecordedMessage): SipMessage | undefined {
  const parsed = parseMessage(Buffer.from(textOfRecorded(recorded), 'latin1'));
  return parsed.ok ? parsed.value : undefined;
}

function textOf(message: SipMessage): string {
  return Buffer.from(formatMessage(message)).toString('latin1');
}

function keyOf(message: SipMessage): string {
  const cseq = cseqOf(message);
  return `${cseq?.number ?? 0} ${cseq?.method ?? ''}`;
}

function isChallenge(statusCode: number): boolean {
  return statusCode === 401 || statusCode === 407;
}

function isAuthorized(request: SipRequest): boolean {
  return header(request, 'Authorization') !== undefined || header(request, 'Proxy-Authorization') !== undefined;
}

function descriptionIn(message: SipMessage): string | undefined {
  const isSdp = /^application\/sdp\b/i.test(header(message, 'Content-Type') ?? '') && message.body.length > 0;
  return isSdp ? Buffer.from(message.body).toString('latin1') : undefined;
}

function bareAck(): SipRequest {
  const names = ['From', 'To', 'Call-ID', 'CSeq'];
  return {
    ...{ kind: 'request', method: 'ACK', uri: '', version: 'SIP/2.0' },
    headers: names.map((name) => ({ name, value: '' })),
    body: new Uint8Array(0),
  };
}

/** For a request that brought credentials then, where it is asked for them now too. */
function authorizationFor(
  before: SentRequest | undefined,
  recorded: SipRequest,
  options: CallReplayOptions,
): SipHeader | undefined {
  return isAuthorized(recorded) && before?.final
    ? authorizationOf(recorded, before.final, options, before.request.uri)
    : undefined;
}

function credentialsOf({
  call: { username },
  password,
}: CallReplayOptions): { readonly username: string; readonly password: string } | undefined {
  return username === undefined || password === undefined ? undefined : { username, password };
}

/** @see RFC 3261 §22.2, §22.3 */
function authorizationOf(
  request: SipRequest,
  challenge: SipResponse,
  options: CallReplayOptions,
  uri = request.uri,
): SipHeader | undefined {
  const credentials = credentialsOf(options);
  if (!credentials) return undefined;
  const isProxy = challenge.statusCode === 407;
  const lines = headers(challenge, isProxy ? 'Proxy-Authenticate' : 'WWW-Authenticate');
  const realm = lines.map(parseChallenge).find((one) => one !== undefined)?.realm ?? '';
  const chosen = chooseChallenge(lines, realm);
  if (!chosen) return undefined;
  const value = answerChallenge(
    chosen,
    { ...credentials, realm },
    { method: request.method, uri, cnonce: options.random.token(16), nonceCount: 1 },
  );
  return { name: isProxy ? 'Proxy-Authorization' : 'Authorization', value };
}
