import { connect, type Socket } from 'node:net';
import type { Clock } from '@plugfest/model';

/** What baresip tells, as far as it is used. */
export interface BaresipEvent {
  readonly type?: string;
  readonly param?: string;
  readonly response?: boolean;
  readonly ok?: boolean;
  readonly data?: string;
}

const RETRY_MS = 20;
/** A message longer than this is none of baresip's. */
const MAX_MESSAGE_BYTES = 1 << 20;

/** baresip's control connection: JSON in netstrings, its module `ctrl_tcp`. */
export class ControlLink implements Disposable {
  readonly #socket: Socket;
  #kept = Buffer.alloc(0);

  private constructor(socket: Socket, onEvent: (event: BaresipEvent) => void) {
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      for (const event of this.#take(bytes)) onEvent(event);
    });
  }

  /** Resolves when baresip has opened its port. @throws where `hasEnded` says so first, or `signal` */
  static async open(options: {
    readonly port: number;
    readonly clock: Clock;
    readonly hasEnded: () => boolean;
    readonly onEvent: (event: BaresipEvent) => void;
    readonly signal: AbortSignal;
  }): Promise<ControlLink> {
    const { port, clock, hasEnded, onEvent, signal } = options;
    for (;;) {
      signal.throwIfAborted();
      if (hasEnded()) throw new Error('baresip ended before it could be spoken to');
      const socket = await attempt(port);
      if (socket !== undefined) return new ControlLink(socket, onEvent);
      await new Promise<void>((resolve) => void clock.schedule(RETRY_MS, resolve));
    }
  }

  command(command: string, params = ''): void {
    const json = Buffer.from(JSON.stringify({ command, params }));
    this.#socket.write(Buffer.concat([Buffer.from(`${json.length}:`), json, Buffer.from(',')]));
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): BaresipEvent[] {
    this.#kept = Buffer.concat([this.#kept, bytes]);
    const events: BaresipEvent[] = [];
    for (;;) {
      const colon = this.#kept.subarray(0, 12).indexOf(':');
      const length = colon < 0 ? Number.NaN : Number(this.#kept.subarray(0, colon).toString('latin1'));
      const isNone = colon < 0 ? this.#kept.length >= 12 : !(length <= MAX_MESSAGE_BYTES);
      if (isNone) this.#kept = Buffer.alloc(0);
      if (!(this.#kept.length > colon + 1 + length)) return events;
      events.push(parseEvent(this.#kept.subarray(colon + 1, colon + 1 + length).toString('utf8')));
      this.#kept = this.#kept.subarray(colon + 2 + length);
    }
  }
}

function attempt(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
      .once('connect', () => resolve(socket))
      .once('error', () => resolve(undefined));
  });
}

function parseEvent(text: string): BaresipEvent {
  try {
    const event: unknown = JSON.parse(text);
    return typeof event === 'object' && event !== null ? event : {};
  } catch {
    return {};
  }
}
