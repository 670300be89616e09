import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { type Clock, eventSchema, type RunEvent, type Timer } from '@plugfest/model';

/** Thrown where a barrier's state was not reached in time. */
export class BarrierTimeout extends Error {
  readonly code = 'barrier-timeout';
}

/** The run's events: each is on disk before anybody acts on it, so that what happened survives whatever comes next. */
export class EventLog {
  readonly #clock: Clock;
  readonly #file: number;
  readonly #events: RunEvent[] = [];
  readonly #listeners = new Set<(event: RunEvent) => void>();
  #open = true;

  constructor(path: string, clock: Clock) {
    this.#clock = clock;
    this.#file = openSync(path, 'a');
  }

  get events(): readonly RunEvent[] {
    return this.#events;
  }

  /** Writes one event; after `close` late events are dropped, for a closed run's evidence does not change. */
  emit(type: string, participant?: string, data: Record<string, unknown> = {}, atUs = this.#clock.nowUs()): void {
    if (!this.#open) return;
    const event: RunEvent = { atUs, type, ...(participant === undefined ? {} : { participant }), data };
    writeSync(this.#file, `${JSON.stringify(event)}\n`);
    this.#events.push(event);
    for (const listener of this.#listeners) listener(event);
  }

  /** Calls back on each event from now on; returns what ends that. */
  subscribe(listener: (event: RunEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Barrier: resolves as soon as `state` holds of the events so far.
   * @throws {BarrierTimeout} after `timeoutMs`; rejects with the signal's reason where it is aborted.
   */
  until(
    what: string,
    state: (events: readonly RunEvent[]) => boolean,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<void> {
    if (state(this.#events)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        unsubscribe();
        timer.cancel();
        signal?.removeEventListener('abort', onAbort);
        finish();
      };
      const onAbort = (): void => settle(() => reject(signal?.reason));
      const unsubscribe = this.subscribe(() => {
        if (state(this.#events)) settle(resolve);
      });
      const timer: Timer = this.#clock.schedule(timeoutMs, () =>
        settle(() => reject(new BarrierTimeout(`waited ${timeoutMs / 1000} s for: ${what}`))),
      );
      signal?.addEventListener('abort', onAbort);
      if (signal?.aborted) onAbort();
    });
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#file);
  }
}

/** Reads an events file; a last line that was cut off by a crash is left out, as is any line that is no event. */
export function readEvents(path: string): RunEvent[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const event = eventSchema.safeParse(parseJson(line));
      return event.success ? [event.data] : [];
    });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
