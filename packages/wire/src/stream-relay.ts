import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { leaseTcpPort, type PortLease } from '@plugfest/host';
import type { Clock, StreamImpairment, Timer } from '@plugfest/model';

export interface StreamRelayOptions {
  readonly host: string;
  /** `host:port` of who listens. */
  readonly remote: string;
  readonly clock: Clock;
  readonly impairment?: StreamImpairment;
}

export interface StreamCounts {
  readonly connections: number;
  readonly resets: number;
  readonly bytes: number;
  /** Pieces that waited for the end of a stall. */
  readonly stalled: number;
}

/** More than this is not taken from a side before some of it has gone on: TCP's own window does the rest. */
const LONGEST_QUEUE_BYTES = 256 * 1024;

interface Piece {
  readonly bytes: Buffer;
  readonly dueUs: number;
}

/** A listener in front of another: carries TCP streams, late, slowly, with standstills, and breaks them off. */
export class StreamRelay implements AsyncDisposable {
  readonly #options: StreamRelayOptions;
  readonly #server: Server;
  readonly #lease: PortLease;
  readonly #sockets = new Set<Socket>();
  readonly #counts = { connections: 0, resets: 0, bytes: 0, stalled: 0 };
  #impairment: StreamImpairment;
  #sinceUs: number;

  private constructor(options: StreamRelayOptions, server: Server, lease: PortLease) {
    this.#options = options;
    this.#server = server;
    this.#lease = lease;
    this.#impairment = options.impairment ?? {};
    this.#sinceUs = options.clock.nowUs();
    server.on('connection', (near) => this.#carry(near));
  }

  /** @throws PortsExhausted */
  static async open(options: StreamRelayOptions): Promise<StreamRelay> {
    const lease = await leaseTcpPort(options.host);
    const server = createServer({ noDelay: true, allowHalfOpen: true });
    server.listen(lease.ports[0], options.host);
    try {
      await once(server, 'listening');
    } catch (fault) {
      lease.release();
      throw fault;
    }
    return new StreamRelay(options, server, lease);
  }

  /** Where it listens. */
  get address(): string {
    return `${this.#options.host}:${this.#lease.ports[0]}`;
  }

  get counts(): StreamCounts {
    return { ...this.#counts };
  }

  /** Holds for bytes that come from now on, of connections that stand too. */
  set(impairment: StreamImpairment): void {
    this.#impairment = impairment;
    this.#sinceUs = this.#options.clock.nowUs();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    this.#lease.release();
  }

  #carry(near: Socket): void {
    const { remote } = this.#options;
    const at = remote.lastIndexOf(':');
    const far = createConnection({
      ...{ host: remote.slice(0, at).replaceAll(/[[\]]/g, ''), port: Number(remote.slice(at + 1)) },
      ...{ noDelay: true, allowHalfOpen: true },
    });
    const connection = ++this.#counts.connections;
    let passed = 0;
    const reset = (): void => {
      for (const socket of [near, far]) socket.resetAndDestroy();
    };
    const onPassed = (bytes: number): void => {
      passed += bytes;
      this.#counts.bytes += bytes;
      const { resetAfterBytes = Number.POSITIVE_INFINITY, resets = 1 } = this.#impairment;
      if (passed < resetAfterBytes || connection > resets) return;
      this.#counts.resets++;
      reset();
    };
    this.#pipe(near, far, onPassed);
    this.#pipe(far, near, onPassed);
  }

  /** One direction. What breaks on one side breaks on the other. */
  #pipe(from: Socket, to: Socket, onPassed: (bytes: number) => void): void {
    const { clock } = this.#options;
    const waiting: Piece[] = [];
    let [queuedBytes, freeUs, hasEnded] = [0, 0, false];
    let timer: Timer | undefined;
    const deliver = (): void => {
      timer = undefined;
      const nowUs = clock.nowUs();
      for (let piece = waiting[0]; piece && piece.dueUs <= nowUs && !to.destroyed; piece = waiting[0]) {
        waiting.shift();
        queuedBytes -= piece.bytes.length;
        to.write(piece.bytes);
        onPassed(piece.bytes.length);
      }
      if (from.isPaused() && queuedBytes < LONGEST_QUEUE_BYTES) from.resume();
      const [next] = waiting;
      if (next && !to.destroyed) timer = clock.schedule(Math.max(0, (next.dueUs - nowUs) / 1000), deliver);
      else if (hasEnded && !to.destroyed) to.end();
    };
    this.#sockets.add(from);
    from.on('data', (bytes: Buffer) => {
      freeUs = this.#dueUs(bytes.length, freeUs);
      waiting.push({ bytes, dueUs: freeUs });
      queuedBytes += bytes.length;
      if (queuedBytes >= LONGEST_QUEUE_BYTES) from.pause();
      if (!timer) deliver();
    });
    from.on('end', () => {
      hasEnded = true;
      if (!timer) deliver();
    });
    // A reset is carried on as one: its other end is to see what this one saw.
    from.on('error', () => to.resetAndDestroy());
    from.on('close', () => {
      timer?.cancel();
      this.#sockets.delete(from);
      if (!hasEnded) to.destroy();
    });
  }

  /** When a piece arrives: never before the one ahead of it. */
  #dueUs(bytes: number, freeUs: number): number {
    const { delayMs = 0, rateBps, stall } = this.#impairment;
    const nowUs = this.#options.clock.nowUs();
    const sentUs = rateBps === undefined ? nowUs : Math.max(nowUs, freeUs - delayMs * 1000) + (bytes * 8e6) / rateBps;
    const dueUs = Math.max(freeUs, sentUs + delayMs * 1000);
    if (!stall) return dueUs;
    const phaseUs = (dueUs - this.#sinceUs) % (stall.everyMs * 1000);
    const untilUs = (stall.everyMs - stall.lengthMs) * 1000;
    if (phaseUs < untilUs) return dueUs;
    this.#counts.stalled++;
    return dueUs - phaseUs + stall.everyMs * 1000;
  }
}
