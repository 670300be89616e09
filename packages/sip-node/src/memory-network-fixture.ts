import { ok, seededRandom, VirtualClock } from '@plugfest/model';
import { formatMessage, header, parseMessage, type SipMessage, stampReceived } from '@plugfest/sip';
import type { Flow, SocketAddress } from './flow.ts';
import type { Target } from './target.ts';
import { newTransportCounters } from './transport-counters.ts';
import { DEFAULT_TRANSPORT_LIMITS, type TransportLimits } from './transport-limits.ts';
import type { SipTransportPort } from './transport-port.ts';
import { UserAgent } from './user-agent.ts';
import type { UserAgentOptions } from './user-agent-options.ts';

/** A message on its way. */
export interface Packet {
  readonly atMs: number;
  readonly from: string;
  readonly to: string;
  readonly message: SipMessage;
  /** `INVITE`, `200 INVITE`, `183 INVITE` … */
  readonly name: string;
}

/** What happens to a packet: lost, late by so many milliseconds, or as usual. */
export type Fate = 'lost' | number | undefined;

const TURNS_A_STEP = 8;

/** For tests: a network of SIP hosts on a virtual clock. Messages are bytes on the way, and can be lost, delayed and made to cross. */
export class MemoryNetwork {
  readonly clock = new VirtualClock(1_000_000);
  readonly log: Packet[] = [];
  fateOf: ((packet: Packet) => Fate) | undefined;
  /** Makes another message of one on its way, as a peer of other manners would have sent it. */
  rewrite: ((message: SipMessage) => SipMessage) | undefined;
  readonly #delayMs: number;
  readonly #hosts = new Map<string, MemoryTransport>();
  #seed: number;

  constructor(delayMs = 10, seed = 1) {
    this.#delayMs = delayMs;
    this.#seed = seed;
  }

  /** A user agent at `host:5060`. */
  async agent(host: string, options: Partial<UserAgentOptions> = {}): Promise<UserAgent> {
    const reliable = options.listen?.some(({ transport }) => transport === 'tcp') ?? false;
    return UserAgent.open({
      clock: this.clock,
      random: seededRandom(this.#seed++),
      aor: `sip:${host}@${host}.example`,
      userAgentHeader: 'plugfest-test',
      listen: [],
      ...options,
      transport: this.transport(host, reliable, options.limits),
    });
  }

  transport(host: string, reliable = false, limits: Partial<TransportLimits> = {}): MemoryTransport {
    const address = `127.0.0.${this.#hosts.size + 1}`;
    const transport = new MemoryTransport(this, { host: address, port: 5060 }, host, reliable, limits);
    this.#hosts.set(address, transport);
    return transport;
  }

  /** What was sent since `atMs`, as `alice→bob 200 INVITE`. */
  trace(): string[] {
    return this.log.map(({ from, to, name }) => `${from}→${to} ${name}`);
  }

  messages(name: string): SipMessage[] {
    return this.log.filter((packet) => packet.name === name).map(({ message }) => message);
  }

  carry(from: MemoryTransport, bytes: Uint8Array, remote: SocketAddress): void {
    const to = this.#hosts.get(remote.host);
    const parsed = parseMessage(bytes);
    if (!parsed.ok) throw new Error(`what ${from.name} sent is no message: ${parsed.error.text}`);
    const message = this.rewrite?.(parsed.value) ?? parsed.value;
    const atMs = this.clock.nowUs() / 1000;
    const packet = { atMs, from: from.name, to: to?.name ?? remote.host, message, name: nameOf(message) };
    this.log.push(packet);
    const fate = this.fateOf?.(packet);
    if (fate === 'lost' || to === undefined) return;
    this.clock.schedule(fate ?? this.#delayMs, () => to.deliver(message, from.address));
  }

  /** Sends once more what `from` sent before, as a retransmission does. */
  replay(from: string, to: string, message: SipMessage): void {
    const hosts = [...this.#hosts.values()];
    const [source, target] = [from, to].map((name) => hosts.find((host) => host.name === name));
    if (source !== undefined && target !== undefined) this.carry(source, formatMessage(message), target.address);
  }

  /** Lets time pass in small steps, and what waits for promises come to pass in between. */
  async pass(durationMs: number, stepMs = 5): Promise<void> {
    await settled();
    for (let passedMs = 0; passedMs < durationMs; passedMs += stepMs) {
      this.clock.advanceMs(Math.min(stepMs, durationMs - passedMs));
      await settled();
    }
  }

  /** Lets time pass from one timer to the next, however far that is: exact, and fast where little happens. */
  async leap(durationMs: number): Promise<void> {
    await settled();
    const endUs = this.clock.nowUs() + durationMs * 1000;
    for (let nextUs = this.clock.nextUs; nextUs !== undefined && nextUs <= endUs; nextUs = this.clock.nextUs) {
      this.clock.advanceMs((nextUs - this.clock.nowUs()) / 1000);
      await settled();
    }
    this.clock.advanceMs((endUs - this.clock.nowUs()) / 1000);
    await settled();
  }
}

/** Every promise that can go on without time passing has gone on. */
async function settled(): Promise<void> {
  for (let n = 0; n < TURNS_A_STEP; n++) await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
}

function nameOf(message: SipMessage): string {
  if (message.kind === 'request') return message.method;
  return `${message.statusCode} ${header(message, 'CSeq')?.split(' ')[1]}`;
}

/** One host's end of the network. */
export class MemoryTransport implements SipTransportPort {
  onMessage: ((message: SipMessage, flow: Flow) => void) | undefined;
  onFault: SipTransportPort['onFault'];
  onFlowClosed: ((flow: Flow) => void) | undefined;
  readonly connectionCount = 0;
  readonly counters = newTransportCounters();
  readonly limits: TransportLimits;
  readonly address: SocketAddress;
  readonly name: string;
  readonly #network: MemoryNetwork;
  readonly #reliable: boolean;

  constructor(
    network: MemoryNetwork,
    address: SocketAddress,
    name: string,
    reliable: boolean,
    limits: Partial<TransportLimits>,
  ) {
    this.limits = { ...DEFAULT_TRANSPORT_LIMITS, ...limits };
    this.#network = network;
    this.address = address;
    this.name = name;
    this.#reliable = reliable;
  }

  get addresses(): readonly [{ transport: 'udp' | 'tcp'; host: string; port: number }] {
    return [{ transport: this.#reliable ? 'tcp' : 'udp', ...this.address }];
  }

  addressFor(): { transport: 'udp' | 'tcp'; host: string; port: number } {
    return this.addresses[0];
  }

  flowById(): undefined {
    return undefined;
  }

  flowTo(target: Target): Promise<{ ok: true; value: Flow }> {
    return Promise.resolve(ok(this.#flow(target)) as { ok: true; value: Flow });
  }

  datagramFlow(remote: SocketAddress): Flow {
    return this.#flow(remote);
  }

  deliver(message: SipMessage, from: SocketAddress): void {
    this.onMessage?.(message.kind === 'request' ? stampReceived(message, from) : message, this.#flow(from));
  }

  /** Sends what no stack of ours would. */
  inject(message: SipMessage, remote: SocketAddress): void {
    this.#network.carry(this, formatMessage(message), remote);
  }

  #flow(remote: SocketAddress): Flow {
    return {
      id: `memory-${this.address.host}-${remote.host}`,
      transport: this.#reliable ? 'tcp' : 'udp',
      local: this.address,
      remote: { host: remote.host, port: remote.port },
      reliable: this.#reliable,
      outbound: false,
      peerIdentity: [],
      closed: false,
      send: (bytes) => this.#network.carry(this, bytes, remote),
      close: () => undefined,
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** `sip:user@address` of a host of the network. */
export function memoryUri(agent: UserAgent, user = 'x'): string {
  const [address] = agent.addresses;
  return `sip:${user}@${address?.host}:${address?.port}${address?.transport === 'tcp' ? ';transport=tcp' : ''}`;
}
