import type { Clock, Random } from '@plugfest/model';
import {
  createFailureAck,
  createRequest,
  createResponse,
  cseqOf,
  formatMessage,
  header,
  prependHeader,
  type SipHeader,
  type SipMessage,
  type SipRequest,
} from '@plugfest/sip';
import type { Defect, MediaDatagram } from './defect.ts';
import type { Exchange, Way } from './exchange.ts';
import { type DescriptionOptions, describe, type MediaSection } from './media-sections.ts';
import { ProbeCall } from './probe-call.ts';
import { ProbeSockets, type ProbeTransport, type Segments, type Spoken } from './probe-sockets.ts';

/** How the bridge is to call. */
export interface DialOutWords {
  /** Without an offer of its own. */
  readonly lateOffer?: boolean;
}

export interface ProbeContext {
  readonly clock: Clock;
  readonly random: Random;
  /** Listeners of the bridge, as `host:port`. */
  readonly bridge: Spoken;
  readonly conferenceUri: string;
  readonly exchange: Exchange;
  /** What is wrong with who is spoken to. */
  readonly defect?: Defect;
  /** Has the bridge call an address into the conference. */
  readonly dialOut: (uri: string, how?: DialOutWords) => Promise<void>;
  /** Has the bridge press keys for who has that address. */
  readonly press: (uri: string, digits: string) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Thrown where what a probe waits for does not come. */
export class NotHeard extends Error {
  readonly code = 'not-heard';
}

export interface InviteWords {
  /** None: a late offer. */
  readonly sdp?: string;
  readonly headers?: readonly SipHeader[];
  readonly callId?: string;
  readonly transport?: ProbeTransport;
  /** How the bytes go into a TCP connection. */
  readonly segments?: Segments;
  /** Leaves the 200 without its ACK. */
  readonly withoutAck?: boolean;
}

/** How long it waits for what must come. */
const PATIENCE_MS = 8000;
const LEAVE_MS = 500;

/** A SIP peer over UDP or TCP that does what a script says and nothing else: it retransmits nothing, and knows no rule but to acknowledge and to answer 200. */
export class Probe implements AsyncDisposable {
  readonly exchange: Exchange;
  /** RTP ports by line; RTCP is one above. */
  readonly ports: readonly number[];
  readonly party: string;
  readonly context: ProbeContext;
  readonly calls = new Map<string, ProbeCall>();
  readonly #sockets: ProbeSockets;
  readonly #resources: AsyncDisposableStack;
  readonly #watchers = new Set<() => void>();
  readonly #others: Probe[] = [];
  #version = 0;
  /** Its defects are over: it only cleans up. */
  #isLeaving = false;
  /** In place of the bridge. */
  #peer: string | undefined;

  private constructor(context: ProbeContext, party: string, sockets: ProbeSockets, resources: AsyncDisposableStack) {
    this.context = context;
    this.exchange = context.exchange;
    this.party = party;
    this.ports = sockets.mediaPorts;
    this.#sockets = sockets;
    this.#resources = resources;
    sockets.listener = {
      takesMessage: (message, transport) => this.#takes(message, transport),
      takesMedia: (datagram) => this.#takesMedia(datagram),
    };
  }

  static async open(context: ProbeContext, party = 'a'): Promise<Probe> {
    const resources = new AsyncDisposableStack();
    return new Probe(context, party, resources.use(await ProbeSockets.open()), resources);
  }

  /** The bridge, or whom it turned to. */
  get #spoken(): Spoken {
    return this.#peer === undefined ? this.context.bridge : { ...this.context.bridge, udp: this.#peer };
  }

  get #defect(): Defect | undefined {
    return this.#isLeaving ? undefined : this.context.defect;
  }

  get sipAddress(): string {
    return this.#sockets.sipAddress;
  }

  /** Another peer in the same conversation: `b`, `c`, … */
  async another(): Promise<Probe> {
    const party = String.fromCharCode(this.party.charCodeAt(0) + this.#others.length + 1);
    const other = this.#resources.use(await Probe.open(this.context, party));
    this.#others.push(other);
    return other;
  }

  /** A description of itself with these sections; each call of it is a new version. */
  describes(sections: readonly MediaSection[], options: DescriptionOptions = {}): string {
    return describe(sections, this.ports, ++this.#version, options);
  }

  /** Calls the conference and acknowledges what comes back. @throws {NotHeard} where nothing final does */
  async invites(words: InviteWords = {}): Promise<ProbeCall> {
    const call = ProbeCall.calling(this, words);
    await call.invites(words);
    return call;
  }

  /** Calls, and waits for nothing. */
  starts(words: InviteWords = {}): ProbeCall {
    const call = ProbeCall.calling(this, words);
    call.says('INVITE', words);
    return call;
  }

  /** Has the bridge, or whom `summon` asks, call it. @throws {NotHeard} */
  async isCalled(summon: (uri: string) => unknown = (uri) => this.context.dialOut(uri)): Promise<ProbeCall> {
    const known = this.calls.size;
    await summon(`sip:probe@${this.sipAddress}`);
    return this.until('an INVITE', () => [...this.calls.values()].at(known));
  }

  /** From now on it speaks with somebody else than the bridge: `host:port`, UDP. */
  turnsTo(address: string): void {
    this.#peer = address;
  }

  /** A request outside a call. @throws {NotHeard} where it has no final response */
  async asks(method: string, { headers = [], body }: { headers?: readonly SipHeader[]; body?: string } = {}) {
    const { random, conferenceUri } = this.context;
    const request = createRequest({
      method,
      uri: conferenceUri,
      from: `<sip:probe-${this.party}@probe.example>;tag=${random.uint32().toString(36)}`,
      to: `<${conferenceUri}>`,
      callId: `${random.uint32().toString(36)}@probe.example`,
      sequence: 1,
      headers: [{ name: 'Contact', value: this.contact }, ...headers],
      ...(body === undefined ? {} : { body: { contentType: 'application/sdp', body: Buffer.from(body) } }),
    });
    this.says(request);
    const callId = header(request, 'Call-ID');
    return this.until(`a final response to ${method}`, () =>
      this.exchange.finals(method).find((response) => header(response, 'Call-ID') === callId),
    );
  }

  /** Has the bridge press keys for it. */
  async isPressedFor(digits: string): Promise<void> {
    await this.context.press(`sip:probe-${this.party}@probe.example`, digits);
  }

  get contact(): string {
    return `<sip:probe@${this.sipAddress}>`;
  }

  /** Sends a message; a request is given its Via. The message as it went. */
  says(message: SipMessage, transport: ProbeTransport = 'udp', segments?: Segments): SipMessage {
    const branch = `z9hG4bK${this.context.random.uint32().toString(36)}`;
    const via = `SIP/2.0/${transport.toUpperCase()} ${this.sipAddress};rport;branch=${branch}`;
    const whole =
      message.kind === 'request' && header(message, 'Via') === undefined ? prependHeader(message, 'Via', via) : message;
    this.#notes('sent', whole, transport);
    for (const one of this.#defect?.sip?.(whole, 'sent', this.exchange) ?? [whole])
      this.#sockets.writes(formatMessage(one), transport, this.#spoken, segments);
    return whole;
  }

  /** Sends bytes as they are to the bridge's SIP. */
  writes(bytes: Uint8Array, transport: ProbeTransport = 'tcp'): void {
    this.#sockets.writes(bytes, transport, this.#spoken);
  }

  /** Sends a datagram of a media line to where the bridge takes it. */
  sends(datagram: MediaDatagram, port: number): void {
    const { party, exchange, context } = this;
    const note = { party, way: 'sent' as const, atUs: context.clock.nowUs() };
    exchange.packets.push({ ...note, ...datagram });
    for (const one of this.#defect?.media?.(datagram, 'sent', exchange) ?? [datagram]) this.#sockets.sends(one, port);
  }

  /** Resolves with the first thing that `find` finds, now or after something was heard. @throws {NotHeard} */
  until<T>(what: string, find: () => T | undefined, patienceMs = PATIENCE_MS): Promise<T> {
    const found = find();
    if (found !== undefined) return Promise.resolve(found);
    const { clock, signal, exchange } = this.context;
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        this.#watchers.delete(look);
        timer.cancel();
        signal.removeEventListener('abort', onAbort);
        finish();
      };
      const look = (): void => {
        const seen = find();
        if (seen !== undefined) settle(() => resolve(seen));
      };
      const onAbort = (): void => settle(() => reject(signal.reason));
      const timer = clock.schedule(patienceMs, () => {
        exchange.silence ??= what;
        settle(() => reject(new NotHeard(`waited ${patienceMs / 1000} s in vain for ${what}`)));
      });
      this.#watchers.add(look);
      signal.addEventListener('abort', onAbort);
    });
  }

  /** Ends what calls there still are, as the bridge knows them, without any defect: the conference is empty for who comes next. */
  async leaves(): Promise<void> {
    this.#isLeaving = true;
    const byes = [...this.calls.values()].filter((call) => call.remainsUp()).map((call) => call.says('BYE'));
    const heard = this.exchange.of(this.party).responses('BYE').length;
    const answered = () => this.exchange.of(this.party).responses('BYE').length - heard >= byes.length || undefined;
    await this.until('the end of its calls', answered, LEAVE_MS).catch(() => {});
    for (const other of this.#others) await other.leaves();
  }

  /** Lets time pass in which it listens: for what must not come. */
  async listens(forMs: number): Promise<void> {
    await new Promise<void>((resolve) => void this.context.clock.schedule(forMs, resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }

  #notes(way: Way, message: SipMessage, transport: ProbeTransport): void {
    const atUs = this.context.clock.nowUs();
    this.exchange.messages.push({ party: this.party, way, atUs, transport, message });
  }

  #takes(message: SipMessage, transport: ProbeTransport): void {
    this.calls.get(header(message, 'Call-ID') ?? '')?.isTold(message);
    for (const one of this.#defect?.sip?.(message, 'received', this.exchange) ?? [message]) {
      this.#notes('received', one, transport);
      if (one.kind === 'request') this.#isAsked(one, transport);
      else if (one.statusCode >= 300 && cseqOf(one)?.method === 'INVITE') this.#acknowledgesFailure(one, transport);
    }
    for (const look of [...this.#watchers]) look();
  }

  /** Requests that no script has to answer are answered 200; an INVITE is left to the script. */
  #isAsked(request: SipRequest, transport: ProbeTransport): void {
    const callId = header(request, 'Call-ID') ?? '';
    const call = this.calls.get(callId);
    if (request.method === 'ACK') return;
    if (request.method === 'INVITE') {
      if (call) call.invitation = request;
      else ProbeCall.called(this, request);
      return;
    }
    if (call?.leavesToScript.has(request.method)) return;
    this.says(createResponse(request, { statusCode: 200, toTag: call?.localTag }), transport);
  }

  #acknowledgesFailure(response: SipMessage & { kind: 'response' }, transport: ProbeTransport): void {
    const number = cseqOf(response)?.number;
    const callId = header(response, 'Call-ID');
    const invite = this.exchange.messages.find(
      ({ way, message }) =>
        way === 'sent' &&
        message.kind === 'request' &&
        message.method === 'INVITE' &&
        cseqOf(message)?.number === number &&
        header(message, 'Call-ID') === callId,
    )?.message;
    if (invite?.kind === 'request') this.says(createFailureAck(invite, response), transport);
  }

  #takesMedia(datagram: MediaDatagram): void {
    const { context, exchange, party } = this;
    for (const one of this.#defect?.media?.(datagram, 'received', exchange) ?? [datagram])
      exchange.packets.push({ party, way: 'received', atUs: context.clock.nowUs(), ...one });
    for (const look of [...this.#watchers]) look();
  }
}
