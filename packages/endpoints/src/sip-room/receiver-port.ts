import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Clock, Timer } from '@plugfest/model';

const PROBE_INTERVAL_MS = 4;
/** Packets that come while ffmpeg starts: some seconds of video. */
const MAX_WAITING = 4000;

/**
 * The way to one port of an ffmpeg that is starting: what is sent before it listens waits, nothing is lost. On loopback a port where nobody listens
 * answers with an error (ICMP port unreachable), so a packet that brings none has arrived.
 */
export class ReceiverPort implements AsyncDisposable {
  /** Resolves when ffmpeg listens. */
  readonly listening: Promise<void>;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #primer: Uint8Array;
  readonly #waiting: Uint8Array[] = [];
  readonly #markListening: () => void;
  #isListening = false;
  #isRefused = false;
  #isClosed = false;
  #timer: Timer | undefined;

  private constructor(socket: Socket, clock: Clock, primer: Uint8Array) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.listening = promise;
    this.#markListening = resolve;
    this.#socket = socket;
    this.#clock = clock;
    this.#primer = primer;
    socket.on('error', () => {
      this.#isRefused = true;
    });
    this.#probe();
  }

  /** `primer` is the first packet that ffmpeg gets; it may get it more than once. */
  static async open(options: {
    readonly host: string;
    readonly port: number;
    readonly clock: Clock;
    readonly primer: Uint8Array;
  }): Promise<ReceiverPort> {
    const socket = createSocket({ type: 'udp4', sendBufferSize: 1 << 20 });
    socket.connect(options.port, options.host);
    await once(socket, 'connect');
    return new ReceiverPort(socket, options.clock, options.primer);
  }

  /** Packets may be under way still when it is closed: they come to nobody. */
  send(packet: Uint8Array): void {
    if (this.#isClosed) return;
    if (this.#isListening) this.#socket.send(packet, () => {});
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(packet);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.cancel();
    this.#isClosed = true;
    this.#isListening = true;
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #probe(): void {
    this.#isRefused = false;
    this.#socket.send(this.#primer, () => {});
    // After the timer the loop looks at its sockets once more: the refusal is seen however busy it was.
    this.#timer = this.#clock.schedule(PROBE_INTERVAL_MS, () => setImmediate(() => this.#conclude()));
  }

  #conclude(): void {
    if (this.#isListening) return;
    if (this.#isRefused) {
      this.#probe();
      return;
    }
    this.#isListening = true;
    for (const packet of this.#waiting.splice(0)) this.#socket.send(packet, () => {});
    this.#markListening();
  }
}
