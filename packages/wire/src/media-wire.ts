import type { Clock, Network, Random, Timer } from '@plugfest/model';
import { ImpairedLine } from './impairment.ts';
import { DIRECTIONS, type Direction, MediaRelay, type RelayedPacket } from './media-relay.ts';
import type { PacketRecorder } from './packet-recorder.ts';
import { lostInterface } from './recorded-datagrams.ts';
import { type LearnedSection, rewriteDescription } from './sdp-rewrite.ts';
import { secretsOf } from './srtp-secret.ts';
import { MLineStatistics, type WireStatistics } from './wire-statistics.ts';

export interface MediaWireOptions {
  /** Its name in the recording. */
  readonly participant: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly recorder?: PacketRecorder;
  /** How many m-lines can be carried; those beyond are refused (port 0). */
  readonly mLines: number;
  readonly network?: Network;
  /** Loopback address of all its ports: 127.0.0.1 by default, or ::1. */
  readonly host?: string;
}

type End = 'near' | 'far';

/**
 * The wire between an endpoint (near) and whom it talks to (far): relays in the path of all its media, put there by rewriting both descriptions.
 * ICE, DTLS and SRTP pass end to end. Impairs, counts and records in one place.
 */
export class MediaWire implements AsyncDisposable {
  readonly #options: MediaWireOptions;
  readonly #relays: readonly MediaRelay[];
  /** One for all m-lines: they share the network. */
  readonly #lines: Readonly<Record<Direction, ImpairedLine>>;
  /** By the first m-line of the description that said them. */
  readonly #sections: Record<End, Map<number, readonly LearnedSection[]>> = { near: new Map(), far: new Map() };
  readonly #statistics: Record<Direction, MLineStatistics>;
  #script: readonly Timer[] = [];

  private constructor(
    options: MediaWireOptions,
    relays: MediaRelay[],
    lines: Record<Direction, ImpairedLine>,
    statistics: Record<Direction, MLineStatistics>,
  ) {
    this.#options = options;
    this.#relays = relays;
    this.#lines = lines;
    this.#statistics = statistics;
    if (options.network) this.setNetwork(options.network);
  }

  /** @throws PortsExhausted, or the system's error where a socket is refused; nothing is left open then. */
  static async open(options: MediaWireOptions): Promise<MediaWire> {
    const { clock, recorder, participant, host = '127.0.0.1' } = options;
    const statistics = { sent: new MLineStatistics(clock), received: new MLineStatistics(clock) };
    const random = options.random.fork(`wire:${participant}`);
    const lines = {
      sent: new ImpairedLine(clock, random.fork('sent')),
      received: new ImpairedLine(clock, random.fork('received')),
    };
    const recording = recorder?.interface(participant);
    const lost = recorder?.interface(lostInterface(participant));
    await using stack = new AsyncDisposableStack();
    const relays: MediaRelay[] = [];
    for (let index = 0; index < options.mLines; index++) {
      const onDelivered = (packet: RelayedPacket): void => {
        statistics[packet.direction].count(index, packet.payload);
        recording?.recordUdp({ atUs: clock.nowUs(), ...packet });
      };
      const onLost = (packet: RelayedPacket): void => {
        lost?.recordUdp({ atUs: clock.nowUs(), ...packet });
      };
      relays.push(
        stack.adopt(await MediaRelay.open({ host, lines, onDelivered, onLost }), async (relay) => relay.close()),
      );
    }
    stack.move();
    return new MediaWire(options, relays, lines, statistics);
  }

  /**
   * The endpoint's own description as the far end is to see it. Everything but addresses and candidates stays byte for byte. An endpoint of several sessions says which
   * of the wire's m-lines is this one's first; the sessions' kinds of media are counted together.
   */
  rewriteLocal(sdp: string, firstLine = 0): string {
    return this.#rewrite(sdp, 'near', firstLine);
  }

  /** The far end's description as the endpoint is to see it. */
  rewriteRemote(sdp: string, firstLine = 0): string {
    return this.#rewrite(sdp, 'far', firstLine);
  }

  /** Holds for packets that come from now on; its script, from now on too. @throws RangeError */
  setNetwork({ sent = {}, received = {}, script = [] }: Network): void {
    for (const timer of this.#script) timer.cancel();
    this.#lines.sent.set(sent);
    this.#lines.received.set(received);
    const { clock } = this.#options;
    this.#script = script.map(({ atMs, sent, received }) =>
      clock.schedule(atMs, () => {
        if (sent) this.#lines.sent.set(sent);
        if (received) this.#lines.received.set(received);
      }),
    );
  }

  /** As a NAT does that forgets its mappings: the far end hears the endpoint from other ports from now on. */
  async rebind(): Promise<void> {
    for (const relay of this.#relays) await relay.rebind();
  }

  /** Counted where packets are delivered, so with the impairment in it. */
  stats(): WireStatistics {
    const total = (count: (relay: MediaRelay) => number): number =>
      this.#relays.reduce((sum, relay) => sum + count(relay), 0);
    const of = (direction: Direction): WireStatistics[Direction] => ({
      mLines: this.#statistics[direction].snapshot(),
      dropped: this.#lines[direction].dropped,
      foreign: total((relay) => relay.foreign(direction)),
      line: this.#lines[direction].counts,
    });
    return { sent: of('sent'), received: of('received') };
  }

  /** Whether the far end hears the endpoint from this port. */
  isHeardFrom(port: number): boolean {
    return this.#relays.some(({ far }) => far.rtp.port === port || far.rtcp.port === port);
  }

  /** Idempotent. What is under way is lost. */
  close(): void {
    for (const timer of this.#script) timer.cancel();
    for (const line of Object.values(this.#lines)) line.close();
    for (const relay of this.#relays) relay.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #rewrite(sdp: string, end: End, firstLine: number): string {
    const relays = this.#relays.slice(firstLine);
    const rewritten = rewriteDescription(
      sdp,
      relays.map((relay) => (end === 'near' ? relay.far : relay.near)),
    );
    this.#sections[end].set(firstLine, rewritten.sections);
    for (const section of rewritten.sections) this.#learn(section, end, relays);
    const payloads = [this.#sections.near, this.#sections.far].flatMap((said) => [...said.values()].flat());
    for (const direction of DIRECTIONS) this.#statistics[direction].describe(payloads);
    return rewritten.sdp;
  }

  #learn(section: LearnedSection, end: End, relays: readonly MediaRelay[]): void {
    const relay = section.relay === undefined ? undefined : relays[section.relay];
    if (!relay) return;
    if (end === 'near') relay.declareNear(section.rtp, section.rtcp, section.ice);
    else relay.declareFar(section.rtp, section.rtcp, section.ice);
    this.#options.recorder?.addSecrets(
      secretsOf(section, this.#options.participant, end === 'near' ? relay.far : section),
    );
  }
}
