import type { Clock, Timer } from '@plugfest/model';
import { REQUESTED_SOURCES, type VideoSourceRequest } from '@plugfest/rtp';

export interface VideoGateOptions {
  readonly clock: Clock;
  /** After so long without a word the gate opens by itself; undefined: it is open from the start. */
  readonly patienceMs: number | undefined;
  /** What is sent next is the first that the viewer gets, or one that it asked for. */
  readonly onOpen: () => void;
}

/** Whether a Lync client sends its picture: when it was asked for one, until it is told that nobody watches. @see MS-RTP §2.2.12.2 */
export class VideoGate {
  readonly #options: VideoGateOptions;
  readonly #patience: Timer | undefined;
  #isOpen: boolean;
  #requestId: number | undefined;

  constructor(options: VideoGateOptions) {
    const { clock, patienceMs } = options;
    this.#options = options;
    this.#isOpen = patienceMs === undefined;
    if (patienceMs !== undefined) this.#patience = clock.schedule(patienceMs, () => this.#open());
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** A request that is repeated with the same number is the same request. */
  take({ requestId, requestedSource, keyFrame }: VideoSourceRequest): void {
    if (requestId === this.#requestId) return;
    this.#requestId = requestId;
    this.#patience?.cancel();
    if (requestedSource === REQUESTED_SOURCES.none) this.#isOpen = false;
    else if (!this.#isOpen) this.#open();
    else if (keyFrame) this.#options.onOpen();
  }

  close(): void {
    this.#patience?.cancel();
  }

  #open(): void {
    this.#isOpen = true;
    this.#options.onOpen();
  }
}
