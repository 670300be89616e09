import type { Clock } from '@plugfest/model';
import { Ticker } from './ticker.ts';

export interface ClockworkOptions {
  readonly clock: Clock;
  readonly frameRate: number;
  /** 20 ms of sound are due. */
  readonly onSound: (dueUs: number) => void;
  readonly onPicture: () => void;
  /** Told once of a fault that comes with every tick. */
  readonly onFault: (message: string) => void;
}

/** Sound that is late is still heard; a picture that is late is replaced by the next. */
const SOUND_TICK = { periodMs: 20, makeUp: 10 } as const;

/** What drives a conference while somebody is in it. */
export class Clockwork {
  readonly #options: ClockworkOptions;
  #tickers: readonly Ticker[] = [];
  #lastFault = '';

  constructor(options: ClockworkOptions) {
    this.#options = options;
  }

  /** Does nothing where it runs. */
  start(): void {
    if (this.#tickers.length > 0) return;
    const { clock, frameRate, onSound, onPicture } = this.#options;
    this.#tickers = [
      new Ticker(clock, SOUND_TICK, (dueUs) => this.#guarded(() => onSound(dueUs))),
      new Ticker(clock, { periodMs: 1000 / frameRate, makeUp: 0 }, () => this.#guarded(onPicture)),
    ];
  }

  stop(): void {
    for (const ticker of this.#tickers) ticker.stop();
    this.#tickers = [];
  }

  /** Tells of a fault of ours, unless it is the same as before. */
  fault(message: string): void {
    if (message === this.#lastFault) return;
    this.#lastFault = message;
    this.#options.onFault(message);
  }

  /** A fault while one tick is made is ours; it must not end the calls. */
  #guarded(tick: () => void): void {
    try {
      tick();
    } catch (fault) {
      this.fault(fault instanceof Error ? (fault.stack ?? fault.message) : String(fault));
    }
  }
}
