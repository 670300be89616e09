import { hostClock } from '@plugfest/host';
import { type Clock, err, type Random, type Result } from '@plugfest/model';
import { formatHostPort, type Referral } from '@plugfest/sip';
import {
  CONFERENCE_LIMITS,
  type IncomingSession,
  type ListenPoint,
  type ReferralDecision,
  Registrar,
  type Session,
  type SipTapEntry,
  type TransportCounters,
  UserAgent,
} from '@plugfest/sip-node';
import { askAdmission, sipFacts, whipFacts } from './admission/admission-policy.ts';
import { BridgeEvents } from './bridge-events.ts';
import { handleCall } from './call-handler.ts';
import type { CallContext, Place } from './call-in-room.ts';
import { Conference, type ConferenceSettings } from './conference/conference.ts';
import { refusesCalls } from './conference/door.ts';
import { PromptVoices } from './conference/prompts.ts';
import type { BridgeAddresses, BridgeConfig } from './config.ts';
import { type Callee, dialOut } from './dial-out.ts';
import { referralTarget } from './referral-policy.ts';
import { ConferencePackage } from './roster/conference-package.ts';
import { Turns } from './turns.ts';
import type { WhipArrival, WhipRefusal } from './whip/whip-arrival.ts';
import { handleWhip } from './whip/whip-call.ts';
import type { WhipSession } from './whip/whip-session.ts';

const DEFAULTS: ConferenceSettings = {
  layout: 'equal-2x2',
  width: 640,
  height: 360,
  frameRate: 15,
  bitrateBps: 1_000_000,
  access: 'open',
  tones: false,
};
const MAX_CONFERENCES = 200;
const MAX_PARTICIPANTS = 100;
/** A peer that does not answer our BYE does not keep us. */
const GOODBYE_MS = 700;

type DialOutOptions = Omit<Callee, 'id' | 'uri'>;

/** The reference bridge: whoever calls `sip:<room>@<domain>` is in that room's conference. */
export class Bridge implements AsyncDisposable {
  readonly conferences = new Map<string, Conference>();
  readonly events: BridgeEvents;
  readonly config: BridgeConfig;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #calls = new Map<Promise<void>, Place>();
  readonly #voices: PromptVoices;
  /** Made by a call: they end with the last one who leaves. */
  readonly #passing = new Set<string>();
  readonly #turns = new Turns();
  #floorUsers = 0;
  #agent: UserAgent | undefined;

  private constructor(config: BridgeConfig, clock: Clock, random: Random) {
    this.config = config;
    this.#clock = clock;
    this.#random = random;
    this.events = new BridgeEvents(clock);
    this.#voices = new PromptVoices((reason) => this.events.emit('prompt.unspoken', { reason }));
  }

  /** @throws where an address cannot be listened on */
  static async open(config: BridgeConfig, random: Random, clock: Clock = hostClock): Promise<Bridge> {
    const bridge = new Bridge(config, clock, random);
    const registrar = new Registrar({ clock, random: random.fork('registrar'), domains: [config.domain, config.host] });
    const agent = await UserAgent.open({
      clock,
      random: random.fork('sip'),
      listen: listenPoints(config),
      aor: `sip:bridge@${config.domain}`,
      userAgentHeader: 'Plugfest-Bridge',
      contactParameters: ';isfocus',
      allow: ['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'INFO', 'PRACK', 'UPDATE', 'SUBSCRIBE', 'REFER'],
      supported: ['100rel', 'replaces', 'norefersub'],
      sessionTimer: config.sessionTimer,
      ...(config.tls
        ? { tls: { key: config.tls.key, cert: config.tls.cert, ...(config.tls.ca ? { ca: config.tls.ca } : {}) } }
        : {}),
      limits: { ...CONFERENCE_LIMITS, ...config.limits },
      tap: (entry) => bridge.#tap(entry),
    });
    bridge.#agent = agent;
    bridge.#serveRosters(agent);
    agent.onInvite = (session) => void bridge.#receive(session);
    agent.onRequest = (request, flow) => (request.method === 'REGISTER' ? registrar.handle(request, flow) : undefined);
    return bridge;
  }

  get addresses(): Omit<BridgeAddresses, 'http'> {
    const of = (transport: string): string | undefined => {
      const found = this.#agent?.addresses.find((address) => address.transport === transport);
      return found && `${found.host.includes(':') ? `[${found.host}]` : found.host}:${found.port}`;
    };
    const tls = of('tls');
    return { udp: of('udp') ?? '', tcp: of('tcp') ?? '', ...(tls ? { tls } : {}), ws: `ws://${of('ws')}` };
  }

  get nowUs(): number {
    return this.#clock.nowUs();
  }

  /** A name that nobody has yet, for files. */
  newName(): string {
    return this.#random.token(6);
  }

  /** Sessions, transactions and connections that signalling holds at the moment. */
  get signalling(): { readonly sessions: number; readonly transactions: number; readonly connections: number } {
    return this.#agent?.statistics ?? { sessions: 0, transactions: 0, connections: 0 };
  }

  /** What signalling did against bad peers so far. */
  get defences(): Readonly<TransportCounters> | undefined {
    return this.#agent?.counters;
  }

  /** Makes a conference that stays until it is ended, or returns the one of that name; undefined where there are too many. */
  conference(id: string, settings: Partial<ConferenceSettings> = {}): Conference | undefined {
    this.#passing.delete(id);
    return this.#conference(id, settings);
  }

  /** Hangs up on all who are in it. */
  async end(id: string): Promise<void> {
    const conference = this.conferences.get(id);
    if (!conference) return;
    this.conferences.delete(id);
    this.#passing.delete(id);
    const visitors = [...conference.visitors.values()].map(({ participant }) => participant);
    const leaving = [...conference.participants.values(), ...visitors].map(({ session }) => session.bye());
    await Promise.race([Promise.allSettled(leaving), this.#pause(GOODBYE_MS)]);
    await conference.close();
    this.events.emit('conference.ended', { conference: id });
  }

  /** Calls somebody into a conference; the events `dial-out.*` tell what became of it. @returns the participant's identifier */
  dialOut(conference: Conference, uri: string, options: DialOutOptions = {}): string | undefined {
    if (!this.#agent || conference.size >= MAX_PARTICIPANTS) return undefined;
    const id = this.#random.token(12);
    const place = this.#place(conference);
    this.#keep(dialOut(this.#agent, { id, uri, ...options }, place, this.#context(id)), place, { uri });
    return id;
  }

  /** Somebody without SIP comes in over HTTP. Resolves when there is an answer to its offer, or none. */
  async receiveWhip(arrival: WhipArrival): Promise<Result<WhipSession, WhipRefusal>> {
    const refuse = (status: number, text: string): Result<never, WhipRefusal> =>
      err({ status, text, ...(status === 503 ? { retryAfterS: 10 } : {}) });
    const { admission } = this.config;
    const asked = admission && (await askAdmission(whipFacts(arrival), admission));
    if (asked)
      this.events.emit('call.admission', { signalling: arrival.signalling, ...asked.decision, fault: asked.fault });
    const decision = asked?.decision ?? { action: 'continue' };
    if (decision.action !== 'continue') return refuse(403, 'not admitted');
    const conference = this.#passingConference(decision.conference ?? arrival.room);
    if (!conference || conference.size >= MAX_PARTICIPANTS || refusesCalls(conference.door)) {
      if (conference) void this.#endIfDeserted(conference);
      return conference && refusesCalls(conference.door) ? refuse(403, 'locked') : refuse(503, 'no room left');
    }
    const place = this.#place(conference);
    return new Promise((resolve) => {
      const running = handleWhip(arrival, place, this.#context(this.newName()), resolve);
      running.catch(() => resolve(refuse(500, 'internal error')));
      this.#keep(running, place, { signalling: arrival.signalling });
    });
  }

  /** Moves somebody, in a conference or at its door, into another, past its door or only to it; it is made where there is none of that name. False where that cannot be. */
  transfer(
    participantId: string,
    conferenceId: string,
    how: 'past-the-door' | 'to-the-door' = 'past-the-door',
  ): boolean {
    const place = this.#calls.values().find(({ participant }) => participant?.id === participantId);
    const from = place?.conference;
    const to = this.#passingConference(conferenceId);
    if (!place || !from || !to || from === to || to.size >= MAX_PARTICIPANTS) return false;
    if (how === 'to-the-door' && refusesCalls(to.door)) {
      void this.#endIfDeserted(to);
      return false;
    }
    const participant = from.release(participantId, 'transferred');
    if (!participant) return false;
    place.conference = to;
    const isThere = how === 'to-the-door' ? to.arrive(participant) : to.enter(participant, participant.role);
    if (!isThere) void participant.session.bye();
    void this.#endIfDeserted(from);
    return isThere;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.conferences.keys()].map((id) => this.end(id)));
    await this.#agent?.close();
    for (const { participant } of this.#calls.values()) {
      if (participant && participant.signalling !== 'sip') void participant.session.bye();
    }
    await Promise.allSettled(this.#calls.keys());
  }

  #conference(id: string, settings: Partial<ConferenceSettings>): Conference | undefined {
    const known = this.conferences.get(id);
    if (known) return known;
    if (this.conferences.size >= MAX_CONFERENCES) return undefined;
    const conference = new Conference({
      ...DEFAULTS,
      ...this.config.conference,
      ...settings,
      id,
      clock: this.#clock,
      voices: this.#voices,
      mediaTimeoutMs: this.config.mediaTimeoutMs,
      emit: (type, data) => this.events.emit(type, data),
    });
    this.conferences.set(id, conference);
    this.events.emit('conference.created', { conference: id, ...conference.settings });
    return conference;
  }

  /** The one of that name, or one that ends with the last call in it. */
  #passingConference(id: string): Conference | undefined {
    const isNew = !this.conferences.has(id);
    const conference = this.#conference(id, {});
    if (isNew && conference) this.#passing.add(id);
    return conference;
  }

  #place(conference: Conference): Place {
    const place: Place = { conference, onRefer: (referral) => this.#refer(place, referral) };
    return place;
  }

  /** A participant asks for a call: to another room it is moved, to the door of that; whoever else may be called is called in. */
  #refer(place: Place, { targetUri, headers }: Referral): ReferralDecision {
    const { conference, participant } = place;
    const { referrals, domain } = this.config;
    const addresses = this.#agent?.addresses.map(({ host, port }) => formatHostPort(host, port)) ?? [];
    const target = referralTarget(targetUri, { domain, addresses }, referrals.hosts);
    const refused = { statusCode: 403, reasonPhrase: 'Forbidden (this bridge does not call there)' };
    if (!participant || !conference.participants.has(participant.id) || target.kind === 'forbidden') return refused;
    if (target.kind === 'room')
      return referrals.rooms
        ? (report) => report(this.transfer(participant.id, target.room, 'to-the-door') ? 200 : 486)
        : refused;
    if (participant.role !== 'host') return refused;
    return (report) => {
      if (this.dialOut(conference, target.uri, { headers, report }) === undefined) report(503);
    };
  }

  /** Where the call was that this one takes the place of. */
  #takeOver(replaced: Session): Place | undefined {
    const old = this.#calls.values().find(({ session }) => session === replaced);
    if (!old) return undefined;
    const { conference, participant } = old;
    const place = this.#place(conference);
    if (!participant) place.role = 'guest';
    else if (conference.participants.has(participant.id)) place.role = participant.role;
    return place;
  }

  /** Who takes the place of a call is where that was; whoever else calls is let in, or the policy service is asked first. */
  async #receive(session: IncomingSession): Promise<void> {
    const takenOver = session.replaces && this.#takeOver(session.replaces);
    if (takenOver) return this.#answer(session, takenOver);
    const { admission } = this.config;
    if (!admission) return this.#take(session, session.requestUser);
    const { decision, fault } = await askAdmission(sipFacts(session), admission);
    this.events.emit('call.admission', {
      callId: session.callId,
      ...decision,
      ...(fault === undefined ? {} : { fault }),
    });
    if (session.state === 'terminated') return;
    if (decision.action === 'continue') return this.#take(session, decision.conference ?? session.requestUser);
    if (decision.action === 'reject') return session.reject(decision.statusCode, decision.reason);
    session.reject(302, 'Moved Temporarily', [{ name: 'Contact', value: `<${decision.uri}>` }]);
  }

  #take(session: IncomingSession, room: string): void {
    const id = room || 'meeting';
    const conference = this.#passingConference(id);
    if (!conference || conference.size >= MAX_PARTICIPANTS || refusesCalls(conference.door)) {
      session.reject(486, 'Busy Here');
      if (conference) void this.#endIfDeserted(conference);
      return;
    }
    this.#answer(session, this.#place(conference));
  }

  #answer(session: IncomingSession, place: Place): void {
    this.#keep(handleCall(session, place, this.#context(session.callId)), place, { callId: session.callId });
  }

  #context(name: string): CallContext {
    const emit: CallContext['emit'] = (type, data) => this.events.emit(type, data);
    // 16 bits, and not 0. @see RFC 8855 §5.1
    this.#floorUsers = (this.#floorUsers % 0xfffe) + 1;
    return {
      clock: this.#clock,
      random: this.#random.fork(name),
      host: this.config.host,
      transportCc: this.config.transportCc,
      emit,
      turns: this.#turns,
      floorUserId: this.#floorUsers,
    };
  }

  /** Told after all who listen: a NOTIFY is an event too, and must not overtake the one that it is about. */
  #serveRosters(agent: UserAgent): void {
    const rosters = new ConferencePackage(this.config.domain, this.conferences);
    agent.serve(rosters);
    this.events.subscribe(({ type, data: { conference } }) => {
      const isAboutRoster = type.startsWith('participant.') || type === 'conference.ended';
      if (isAboutRoster && typeof conference === 'string') queueMicrotask(() => rosters.update(conference));
    }, 0);
  }

  /** Owns a call until it ends. */
  #keep(running: Promise<void>, place: Place, about: Record<string, unknown>): void {
    const call = running
      .catch((fault: Error) => this.events.emit('bridge.fault', { ...about, message: fault.message }))
      .finally(() => {
        this.#calls.delete(call);
        return this.#endIfDeserted(place.conference);
      });
    this.#calls.set(call, place);
  }

  async #endIfDeserted(conference: Conference): Promise<void> {
    const isCurrent = this.conferences.get(conference.id) === conference;
    const isDeserted = this.#calls.values().every((place) => place.conference !== conference);
    if (isCurrent && isDeserted && this.#passing.has(conference.id)) await this.end(conference.id);
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#clock.schedule(delayMs, resolve));
  }

  #tap({ atUs, direction, transport, source, destination, bytes }: SipTapEntry): void {
    this.events.emit('sip.message', {
      atUs,
      direction,
      transport,
      source,
      destination,
      message: Buffer.from(bytes).toString('latin1'),
    });
  }
}

function listenPoints({ host, ports, tls }: BridgeConfig): ListenPoint[] {
  return [
    { transport: 'udp', host, port: ports.udp ?? 0 },
    { transport: 'tcp', host, port: ports.tcp ?? 0 },
    { transport: 'ws', host, port: ports.ws ?? 0 },
    ...(tls ? [{ transport: 'tls' as const, host, port: ports.tls ?? 0, tls: { key: tls.key, cert: tls.cert } }] : []),
  ];
}
