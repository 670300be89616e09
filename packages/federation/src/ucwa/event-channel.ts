import type { Clock, Timer } from '@plugfest/model';
import type { HalResource, Link } from './hal.ts';

export type EventType = 'added' | 'updated' | 'deleted' | 'started' | 'completed';

/** A change of one resource. */
export interface UcwaEvent {
  /** The resource that owns the one that changed. */
  readonly sender: { readonly rel: string; readonly href: string };
  readonly rel: string;
  readonly href: string;
  readonly type: EventType;
  /** The resource as it is now, where the event brings it along. */
  readonly embedded?: HalResource;
  /** Of a completed operation. */
  readonly status?: 'Success' | 'Failure';
  readonly reason?: Readonly<Record<string, unknown>>;
}

/** One answer to a pending GET. */
export interface EventResponse {
  readonly status: 200 | 404 | 409;
  readonly body?: Readonly<Record<string, unknown>>;
}

interface Pending {
  readonly resolve: (response: EventResponse) => void;
  readonly timer: Timer;
}

/** What a client that is gone may leave lying. */
const MAX_WAITING = 500;

/** The way from the server to one client: GETs that wait. Each answer names the next one, which says that this one came. @see UCWA, “Event channel details” */
export class EventChannel {
  readonly #clock: Clock;
  readonly #hrefOf: (ack: number) => string;
  #waiting: UcwaEvent[] = [];
  #isLossy = false;
  /** The number that the next answer is asked for by. */
  #next = 1;
  /** The last answer, until it is known to have come. */
  #last: EventResponse | undefined;
  #pending: Pending | undefined;

  constructor(clock: Clock, hrefOf: (ack: number) => string) {
    this.#clock = clock;
    this.#hrefOf = hrefOf;
  }

  /** Where the client goes on. */
  get href(): string {
    return this.#hrefOf(this.#next);
  }

  tell(event: UcwaEvent): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#waiting = [];
      this.#isLossy = true;
    } else if (!this.#isLossy) this.#waiting.push(event);
    const pending = this.#pending;
    if (pending === undefined) return;
    // What happens at once is told at once.
    queueMicrotask(() => {
      if (this.#pending === pending) this.#release(pending, this.#answer());
    });
  }

  /** A client's GET; resolves when there is something, or nothing came for so long. A second GET takes the place of the first. */
  poll(ack: number, timeoutMs: number): Promise<EventResponse> {
    if (this.#pending) this.#release(this.#pending, { status: 409 });
    if (ack === this.#next - 1 && this.#last) return Promise.resolve(this.#last);
    if (ack !== this.#next) return Promise.resolve({ status: 404 });
    if (this.#waiting.length > 0 || this.#isLossy) return Promise.resolve(this.#answer());
    const { promise, resolve } = Promise.withResolvers<EventResponse>();
    const timer = this.#clock.schedule(timeoutMs, () => {
      if (this.#pending?.resolve === resolve) this.#release(this.#pending, this.#answer());
    });
    this.#pending = { resolve, timer };
    return promise;
  }

  close(): void {
    if (this.#pending) this.#release(this.#pending, { status: 404 });
  }

  #release(pending: Pending, response: EventResponse): void {
    pending.timer.cancel();
    this.#pending = undefined;
    pending.resolve(response);
  }

  #answer(): EventResponse {
    const self = { href: this.#hrefOf(this.#next) };
    const next = { href: this.#hrefOf(++this.#next) };
    const links = this.#isLossy ? { self, resync: next } : { self, next };
    this.#last = { status: 200, body: { _links: links, sender: bySender(this.#waiting) } };
    this.#waiting = [];
    this.#isLossy = false;
    return this.#last;
  }
}

function bySender(events: readonly UcwaEvent[]): unknown[] {
  const groups = new Map<string, { rel: string; href: string; events: unknown[] }>();
  for (const { sender, rel, href, type, embedded, status, reason } of events) {
    const group = groups.get(sender.href) ?? { ...sender, events: [] };
    const link: Link & { rel: string } = { rel, href };
    group.events.push({
      link,
      type,
      ...(embedded ? { _embedded: { [rel]: embedded } } : {}),
      ...(status ? { status } : {}),
      ...(reason ? { reason } : {}),
    });
    groups.set(sender.href, group);
  }
  return [...groups.values()];
}
