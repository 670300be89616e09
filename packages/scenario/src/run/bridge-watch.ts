import type { HopNames } from '@plugfest/federation';
import type { Plan, Sabotage, SipMessageEvent } from '@plugfest/model';
import type { EventLog } from '../event-log.ts';
import { readServerSentEvents } from './server-sent-events.ts';
import type { SipTrace } from './sip-trace.ts';
import { ViewWatch } from './view-watch.ts';

/** What the bridge says of one participant. */
interface BridgeParticipant {
  readonly id: string;
  readonly uri: string;
}

/** `data` of the bridge's `sip.message` events. */
interface TappedMessage {
  readonly atUs: number;
  readonly direction: 'sent' | 'received';
  readonly transport: SipMessageEvent['transport'];
  readonly source: string;
  readonly destination: string;
  /** Latin1. */
  readonly message: string;
}

export interface BridgeWatchOptions {
  readonly controlUrl: string;
  readonly plan: Plan;
  readonly log: EventLog;
  readonly trace: SipTrace;
  readonly names: HopNames;
}

/** Listens to the bridge's events and writes them into the run's, in the plan's names. */
export class BridgeWatch implements AsyncDisposable {
  readonly #controlUrl: string;
  readonly #views: ViewWatch;
  readonly #log: EventLog;
  readonly #trace: SipTrace;
  readonly #names: HopNames;
  readonly #abort = new AbortController();
  readonly #bridgeIds = new Map<string, string>();
  #reading: Promise<void> = Promise.resolve();

  private constructor({ controlUrl, plan, log, trace, names }: BridgeWatchOptions) {
    this.#controlUrl = controlUrl;
    this.#views = new ViewWatch(plan);
    this.#log = log;
    this.#trace = trace;
    this.#names = names;
  }

  /** Resolves when the stream of events is open: nothing that happens afterwards is missed. */
  static async open(options: BridgeWatchOptions): Promise<BridgeWatch> {
    const watch = new BridgeWatch(options);
    const response = await fetch(`${options.controlUrl}/events`, { signal: watch.#abort.signal });
    if (!response.ok || !response.body) throw new Error(`the bridge's events: HTTP ${response.status}`);
    watch.#reading = watch.#read(response.body);
    return watch;
  }

  /** Breaks something inside the bridge for one participant. */
  async sabotage({ participant, kind }: Sabotage): Promise<void> {
    const id = this.#bridgeIds.get(participant);
    if (id === undefined) throw new Error(`cannot sabotage ${participant}: it is not in the conference`);
    const response = await fetch(`${this.#controlUrl}/participants/${id}/sabotage`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ kind }),
    });
    if (!response.ok) throw new Error(`the bridge refused to sabotage ${participant}: ${await response.text()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#reading;
  }

  async #read(body: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const { event, data } of readServerSentEvents(body)) this.#take(event, JSON.parse(data));
    } catch (error) {
      if (!this.#abort.signal.aborted) this.#log.emit('bridge.lost', undefined, { message: String(error) });
    }
  }

  #take(event: string, data: Record<string, unknown>): void {
    if (event === 'sip.message') this.#takeMessage(data as unknown as TappedMessage);
    else if (event === 'participant.joined') this.#meet(data.participant as BridgeParticipant);
    else if (event === 'view.changed') this.#takeView(data);
  }

  #meet({ id, uri }: BridgeParticipant): void {
    const planId = this.#views.meet(id, uri);
    if (planId !== undefined) this.#bridgeIds.set(planId, id);
  }

  #takeView({ viewer, seats, layout, width, height, atUs }: Record<string, unknown>): void {
    const planId = this.#views.planIdOf(String(viewer));
    if (planId === undefined) return;
    const named = this.#views.seats(seats as (string | null)[]);
    this.#log.emit('view.changed', planId, { viewer: planId, layout, width, height, seats: named }, Number(atUs));
  }

  #takeMessage({ atUs, transport, ...hop }: TappedMessage): void {
    const peer = this.#names.peerOf(hop);
    const [from, to] = hop.direction === 'received' ? [peer, 'bridge'] : ['bridge', peer];
    const { source, destination, message } = hop;
    this.#trace.record({ atUs, transport, source, destination, from, to, message });
  }
}
