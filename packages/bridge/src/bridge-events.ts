import type { Clock } from '@plugfest/model';

/** One thing that happened, numbered from 1. */
export interface BridgeEvent {
  readonly id: number;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

/** Events kept for those who come later or come again. */
const HISTORY = 2000;

/** What happened in a bridge, in order. */
export class BridgeEvents {
  readonly #clock: Clock;
  readonly #listeners = new Set<(event: BridgeEvent) => void>();
  #history: BridgeEvent[] = [];
  #lastId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  emit(type: string, data: Record<string, unknown>): void {
    const event: BridgeEvent = { id: ++this.#lastId, type, data: { atUs: this.#clock.nowUs(), ...data } };
    this.#history.push(event);
    if (this.#history.length > 2 * HISTORY) this.#history = this.#history.slice(-HISTORY);
    for (const listener of this.#listeners) listener(event);
  }

  /** How many listen at the moment. */
  get listeners(): number {
    return this.#listeners.size;
  }

  get lastId(): number {
    return this.#lastId;
  }

  /** Whether all that followed that event is still kept. False for one that was never there: it is another bridge's. */
  isKeptAfter(id: number): boolean {
    return id <= this.#lastId && id >= (this.#history[0]?.id ?? 1) - 1;
  }

  /** Calls back with what is kept after `lastId` and with everything from now on; returns what ends that. */
  subscribe(listener: (event: BridgeEvent) => void, lastId: number): () => void {
    for (const event of this.#history) if (event.id > lastId) listener(event);
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
