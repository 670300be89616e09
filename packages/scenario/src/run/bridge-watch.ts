import type { Plan, Sabotage, SipMessageEvent } from '@plugfest/model';
import type { EventLog } from '../event-log.ts';
import { readServerSentEvents } from './server-sent-events.ts';
import type { SipTrace } from './sip-trace.ts';
import { addressOf, ViewWatch } from './view-watch.ts';

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

/** Listens to the bridge's events and writes them into the run's, in the plan's names. */
export class BridgeWatch implements AsyncDisposable {
  readonly #controlUrl: string;
  readonly #plan: Plan;
  readonly #views: ViewWatch;
  readonly #log: EventLog;
  readonly #trace: SipTrace;
  readonly #abort = new AbortController();
  readonly #bridgeIds = new Map<string, string>();
  #reading: Promise<void> = Promise.resolve();

  private constructor(controlUrl: string, plan: Plan, log: EventLog, trace: SipTrace) {
    this.#controlUrl = controlUrl;
    this.#plan = plan;
    this.#views = new ViewWatch(plan);
    this.#log = log;
    this.#trace = trace;
  }

  /** Resolves when the stream of events is open: nothing that happens afterwards is missed. */
  static async open(controlUrl: string, plan: Plan, log: EventLog, trace: SipTrace): Promise<BridgeWatch> {
    const watch = new BridgeWatch(controlUrl, plan, log, trace);
    const response = await fetch(`${controlUrl}/events`, { signal: watch.#abort.signal });
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

  #takeMessage({ direction, message, ...rest }: TappedMessage): void {
    const peer = this.#peerOf(message);
    const [from, to] = direction === 'received' ? [peer, 'bridge'] : ['bridge', peer];
    this.#trace.record({ ...rest, from, to, message });
  }

  /** Who is at the other end: an edge where the message came through one, else the participant whose address it carries. */
  #peerOf(message: string): string {
    const addresses = [...message.matchAll(/^(?:from|to|f|t)\s*:[^\r\n]*?sips?:([^\s;?>]+)/gim)].map(([, address]) =>
      addressOf(address ?? ''),
    );
    const participant = this.#plan.participants.find(({ uri }) => addresses.includes(addressOf(uri)));
    if (participant?.kind === 'federated') return 'edge';
    return participant?.id ?? 'unknown';
  }
}
