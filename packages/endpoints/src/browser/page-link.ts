import type { Clock } from '@plugfest/model';
import type { WebSocket } from 'ws';
import { type ClientCommand, type ClientEvent, parseClientEvent } from '../webrtc/client-protocol.ts';
import { ClockMapping } from './clock-mapping.ts';
import { decodeMediaFrame, encodeMediaFrame, MEDIA_KIND, type MediaFrame } from './media-frame.ts';

/** Bytes that the page has not taken yet, beyond which a picture is left out: more would be delay. */
const MAX_WAITING_BYTES = 3_000_000;

export interface PageLinkEvents {
  readonly onEvent: (event: ClientEvent) => void;
  /** A picture or a piece of sound that the page was given, `timeUs` on the run's clock. */
  readonly onPresented: (frame: MediaFrame) => void;
  readonly onClosed: () => void;
}

/** The connection with the page: commands and what it sends go there, events and what it is given come back, on the run's clock. */
export class PageLink {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #mapping = new ClockMapping();
  #pong: ((pageUs: number) => void) | undefined;
  #leftOut = 0;

  constructor(socket: WebSocket, clock: Clock, { onEvent, onPresented, onClosed }: PageLinkEvents) {
    this.#socket = socket;
    this.#clock = clock;
    socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) return this.#take(parseClientEvent(data.toString('utf8')), onEvent);
      const frame = decodeMediaFrame(data);
      if (frame) onPresented({ ...frame, timeUs: this.#mapping.toRunUs(frame.timeUs) });
    });
    // A link that breaks closes: that tells.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#pong?.(Number.NaN);
      onClosed();
    });
  }

  /** How the page's clock stands to the run's. */
  get clock(): { readonly offsetUs: number; readonly errorUs: number } {
    return { offsetUs: this.#mapping.offsetUs, errorUs: this.#mapping.errorUs };
  }

  /** Pictures that the page did not take in time. */
  get leftOut(): number {
    return this.#leftOut;
  }

  tell(command: ClientCommand): void {
    this.#socket.send(JSON.stringify(command));
  }

  /** Shows a picture to the camera, says a piece of sound to the microphone. */
  feed(frame: MediaFrame): void {
    const isLate = frame.kind === MEDIA_KIND.video && this.#socket.bufferedAmount > MAX_WAITING_BYTES;
    if (isLate) this.#leftOut++;
    else this.#socket.send(encodeMediaFrame(frame));
  }

  /** Asks the page for its time, one question after another, for those that wait for each other measure the waiting. */
  async measureClock(rounds: number): Promise<void> {
    for (let id = 0; id < rounds && this.#socket.readyState === this.#socket.OPEN; id++) {
      const { promise, resolve } = Promise.withResolvers<number>();
      this.#pong = resolve;
      const sentUs = this.#clock.nowUs();
      this.tell({ command: 'ping', id });
      const pageUs = await promise;
      if (!Number.isNaN(pageUs)) this.#mapping.add(sentUs, pageUs, this.#clock.nowUs());
    }
  }

  #take(event: ClientEvent | undefined, onEvent: PageLinkEvents['onEvent']): void {
    if (event?.type === 'pong') this.#pong?.(event.nowUs);
    else if (event) onEvent(event);
  }
}
