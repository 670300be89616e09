import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { leaseUdpPorts } from '@plugfest/host';
import type { Clock, Timer } from '@plugfest/model';
import { demultiplex } from '@plugfest/rtp';
import { describedFormats, parseSdp, type SessionDescription } from '@plugfest/sdp';
import type { RecordedMedia, RecordedMediaLine } from './recorded-call.ts';
import type { OwnMedia } from './rewrite-description.ts';

const HOST = '127.0.0.1';

interface Line {
  readonly sockets: readonly [rtp: Socket, rtcp: Socket];
  readonly ports: readonly [rtp: number, rtcp: number];
  sent: number;
  /** Packets whose codec the other side did not agree on this time. */
  unsent: number;
  received: number;
  readonly payloadTypes: Set<number>;
}

export interface PlayedLine {
  readonly index: number;
  readonly sent: number;
  readonly unsent: number;
  readonly received: number;
  readonly receivedThen: number;
  readonly payloadTypes: readonly number[];
}

/** The media of a played side: sends what was captured when it was captured, and counts what comes. */
export class ReplayMedia implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #recorded: readonly RecordedMediaLine[];
  readonly #lines: readonly Line[];
  readonly #resources: AsyncDisposableStack;
  readonly #timers: Timer[] = [];

  private constructor(
    clock: Clock,
    recorded: RecordedMedia | undefined,
    lines: Line[],
    resources: AsyncDisposableStack,
  ) {
    this.#clock = clock;
    this.#recorded = recorded?.lines ?? [];
    this.#lines = lines;
    this.#resources = resources;
  }

  /** @throws PortsExhausted */
  static async open(clock: Clock, mLines: number, recorded: RecordedMedia | undefined): Promise<ReplayMedia> {
    await using opening = new AsyncDisposableStack();
    const lines: Line[] = [];
    for (let i = 0; i < mLines; i++) {
      const [rtp = 0, rtcp = 0] = opening.use(await leaseUdpPorts({ count: 2, consecutive: true, host: HOST })).ports;
      const sockets = [await bind(opening, rtp), await bind(opening, rtcp)] as const;
      const line: Line = { sockets, ports: [rtp, rtcp], sent: 0, unsent: 0, received: 0, payloadTypes: new Set() };
      sockets[0].on('message', (bytes) => count(line, bytes));
      lines.push(line);
    }
    return new ReplayMedia(clock, recorded, lines, opening.move());
  }

  get own(): OwnMedia {
    return { address: HOST, ports: this.#lines.map(({ ports }) => ports[0]) };
  }

  /**
   * Sends from now on what was captured from `fromMs` on, to where `now` says, with payload types as it says. `then` is what the other side had said.
   */
  play(now: string, was: string | undefined, fromMs: number): void {
    const [described, before] = [parseSdp(now), parseSdp(was ?? now)];
    if (!described.ok || this.#timers.length > 0) return;
    const startedUs = this.#clock.nowUs();
    for (const { index, packets } of this.#recorded) {
      const to = destinationOf(described.value, index);
      const line = this.#lines[index];
      const due = packets.filter(([atMs]) => atMs >= fromMs);
      if (!to || !line || due.length === 0) continue;
      const types = before.ok ? payloadTypes(before.value, described.value, index) : new Map();
      this.#schedule(due, 0, startedUs - fromMs * 1000, (bytes) => send(line, to, bytes, types));
    }
  }

  played(): PlayedLine[] {
    return this.#lines.map(({ sent, unsent, received, payloadTypes }, index) => ({
      ...{ index, sent, unsent, received, payloadTypes: [...payloadTypes] },
      receivedThen: this.#recorded.find((line) => line.index === index)?.received ?? 0,
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    await this.#resources.disposeAsync();
  }

  /** One timer a line: the next packet’s. */
  #schedule(packets: RecordedMediaLine['packets'], at: number, originUs: number, send: (bytes: Buffer) => void): void {
    const slot = this.#timers.length;
    const next = (from: number): void => {
      const nowUs = this.#clock.nowUs();
      let due = from;
      for (; due < packets.length && originUs + (packets[due]?.[0] ?? 0) * 1000 <= nowUs; due++)
        send(Buffer.from(packets[due]?.[1] ?? '', 'base64'));
      const [atMs] = packets[due] ?? [];
      if (atMs === undefined) return;
      this.#timers[slot] = this.#clock.schedule(Math.max(1, (originUs + atMs * 1000 - nowUs) / 1000), () => next(due));
    };
    this.#timers.push({ cancel: () => {} });
    next(at);
  }
}

interface Destination {
  readonly address: string;
  readonly port: number;
}

function destinationOf(sdp: SessionDescription, index: number): Destination | undefined {
  const media = sdp.media[index];
  const address = (media?.connection ?? sdp.connection)?.address;
  const isNowhere = address === undefined || address === '0.0.0.0' || address === '::';
  return media && media.port !== 0 && !isNowhere ? { address, port: media.port } : undefined;
}

/** What a payload type of then is called now: by the codec’s name and clock. */
function payloadTypes(
  was: SessionDescription,
  now: SessionDescription,
  index: number,
): Map<number, number | undefined> {
  const [before, after] = [was.media[index], now.media[index]];
  const formats = after ? describedFormats(after) : [];
  return new Map(
    (before ? describedFormats(before) : []).map(({ payloadType, encodingName, clockRateHz }) => [
      payloadType,
      formats.find(
        (one) => one.encodingName.toLowerCase() === encodingName.toLowerCase() && one.clockRateHz === clockRateHz,
      )?.payloadType,
    ]),
  );
}

function send(line: Line, to: Destination, bytes: Buffer, types: ReadonlyMap<number, number | undefined>): void {
  if (demultiplex(bytes) === 'rtcp') {
    line.sockets[1].send(bytes, to.port + 1, to.address);
    return;
  }
  const marker = (bytes[1] ?? 0) & 0x80;
  const type = (bytes[1] ?? 0) & 0x7f;
  const payloadType = types.has(type) ? types.get(type) : type;
  if (payloadType === undefined) {
    line.unsent++;
    return;
  }
  bytes[1] = marker | payloadType;
  line.sockets[0].send(bytes, to.port, to.address);
  line.sent++;
}

function count(line: Line, bytes: Buffer): void {
  if (demultiplex(bytes) !== 'rtp') return;
  line.received++;
  line.payloadTypes.add((bytes[1] ?? 0) & 0x7f);
}

async function bind(resources: AsyncDisposableStack, port: number): Promise<Socket> {
  const socket = createSocket('udp4');
  resources.defer(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  socket.on('error', () => {});
  socket.bind(port, HOST);
  await once(socket, 'listening');
  return socket;
}
