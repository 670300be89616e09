import { hostClock } from '@plugfest/host';
import type { Clock, Random } from '@plugfest/model';
import {
  CONFERENCE_LIMITS,
  type IncomingSession,
  type ListenPoint,
  Registrar,
  type SipTapEntry,
  type TransportCounters,
  UserAgent,
} from '@plugfest/sip-node';
import { BridgeEvents } from './bridge-events.ts';
import { handleCall } from './call-handler.ts';
import { Conference, type ConferenceSettings } from './conference/conference.ts';
import type { BridgeAddresses, BridgeConfig } from './config.ts';
import { Turns } from './turns.ts';

const DEFAULTS: ConferenceSettings = {
  layout: 'equal-2x2',
  width: 640,
  height: 360,
  frameRate: 15,
  bitrateBps: 1_000_000,
};
const MAX_CONFERENCES = 200;
const MAX_PARTICIPANTS = 100;
/** A peer that does not answer our BYE does not keep us. */
const GOODBYE_MS = 700;

/** The reference bridge: whoever calls `sip:<room>@<domain>` is in that room's conference. */
export class Bridge implements AsyncDisposable {
  readonly conferences = new Map<string, Conference>();
  readonly events: BridgeEvents;
  readonly config: BridgeConfig;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #calls = new Map<Promise<void>, Conference>();
  /** Made by a call: they end with the last one who leaves. */
  readonly #passing = new Set<string>();
  readonly #turns = new Turns();
  #agent: UserAgent | undefined;

  private constructor(config: BridgeConfig, clock: Clock, random: Random) {
    this.config = config;
    this.#clock = clock;
    this.#random = random;
    this.events = new BridgeEvents(clock);
  }

  /** @throws where an address cannot be listened on */
  static async open(config: BridgeConfig, random: Random, clock: Clock = hostClock): Promise<Bridge> {
    const bridge = new Bridge(config, clock, random);
    const registrar = new Registrar({ clock, random: random.fork('registrar'), domains: [config.domain] });
    const agent = await UserAgent.open({
      clock,
      random: random.fork('sip'),
      listen: listenPoints(config),
      aor: `sip:bridge@${config.domain}`,
      userAgentHeader: 'Plugfest-Bridge',
      contactParameters: ';isfocus',
      allow: ['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'INFO', 'PRACK', 'UPDATE'],
      supported: ['100rel'],
      ...(config.tls
        ? { tls: { key: config.tls.key, cert: config.tls.cert, ...(config.tls.ca ? { ca: config.tls.ca } : {}) } }
        : {}),
      limits: { ...CONFERENCE_LIMITS, ...config.limits },
      tap: (entry) => bridge.#tap(entry),
    });
    bridge.#agent = agent;
    agent.onInvite = (session) => bridge.#take(session);
    agent.onRequest = (request, flow) => (request.method === 'REGISTER' ? registrar.handle(request, flow) : undefined);
    return bridge;
  }

  get addresses(): BridgeAddresses {
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
    const leaving = [...conference.participants.values()].map(({ session }) => session.bye());
    await Promise.race([Promise.allSettled(leaving), this.#pause(GOODBYE_MS)]);
    await conference.close();
    this.events.emit('conference.ended', { conference: id });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.conferences.keys()].map((id) => this.end(id)));
    await this.#agent?.close();
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
      mediaTimeoutMs: this.config.mediaTimeoutMs,
      emit: (type, data) => this.events.emit(type, data),
    });
    this.conferences.set(id, conference);
    this.events.emit('conference.created', { conference: id, ...conference.settings });
    return conference;
  }

  #take(session: IncomingSession): void {
    const id = session.requestUser || 'meeting';
    const isNew = !this.conferences.has(id);
    const conference = this.#conference(id, {});
    if (!conference || conference.participants.size >= MAX_PARTICIPANTS) {
      session.reject(486, 'Busy Here');
      return;
    }
    if (isNew) this.#passing.add(id);
    const call = handleCall(session, conference, {
      clock: this.#clock,
      random: this.#random.fork(session.callId),
      host: this.config.host,
      emit: (type, data) => this.events.emit(type, data),
      turns: this.#turns,
    })
      .catch((fault: Error) => this.events.emit('bridge.fault', { callId: session.callId, message: fault.message }))
      .finally(() => {
        this.#calls.delete(call);
        return this.#endIfDeserted(conference);
      });
    this.#calls.set(call, conference);
  }

  async #endIfDeserted(conference: Conference): Promise<void> {
    const isCurrent = this.conferences.get(conference.id) === conference;
    const isDeserted = this.#calls.values().every((other) => other !== conference);
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
