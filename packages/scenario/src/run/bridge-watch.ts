import type { HopNames } from '@plugfest/federation';
import type { LayoutName, Plan, Sabotage, SipMessageEvent } from '@plugfest/model';
import type { DialOutWords } from '@plugfest/probe';
import type { ViewSwitch } from '../definition.ts';
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
  readonly #plan: Plan;
  readonly #views: ViewWatch;
  readonly #log: EventLog;
  readonly #trace: SipTrace;
  readonly #names: HopNames;
  readonly #abort = new AbortController();
  readonly #bridgeIds = new Map<string, string>();
  #reading: Promise<void> = Promise.resolve();

  private constructor({ controlUrl, plan, log, trace, names }: BridgeWatchOptions) {
    this.#controlUrl = controlUrl;
    this.#plan = plan;
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
  sabotage({ participant, kind }: Sabotage): Promise<void> {
    return this.#ask('POST', `/participants/${this.#bridgeIdOf(participant)}/sabotage`, { kind });
  }

  /** Ends one participant's call. */
  remove(participant: string): Promise<void> {
    return this.#ask('POST', `/participants/${this.#bridgeIdOf(participant)}/drop`);
  }

  /** Presses keys for whoever is in the conference under that address. */
  async press(uri: string, digits: string): Promise<void> {
    const path = `${this.#conferencePath}/participants`;
    const response = await fetch(`${this.#controlUrl}${path}`);
    const present = (await response.json()) as readonly BridgeParticipant[];
    const found = present.find((one) => addressOf(one.uri) === addressOf(uri));
    if (!found) throw new Error(`${uri} is not in the conference`);
    await this.#ask('POST', `${path}/${found.id}/dtmf`, { digits });
  }

  /** Changes what one participant is sent. */
  switchView(participant: string, wish: ViewSwitch): Promise<void> {
    return this.#ask('PATCH', `/participants/${this.#bridgeIdOf(participant)}`, wish);
  }

  /** Changes what all are sent who have no layout of their own. */
  switchLayout(layout: LayoutName): Promise<void> {
    return this.#ask('PATCH', this.#conferencePath, { layout });
  }

  spotlight(participants: readonly string[]): Promise<void> {
    return this.#ask('PATCH', this.#conferencePath, { spotlight: participants.map((id) => this.#bridgeIdOf(id)) });
  }

  /** Calls somebody into the conference, which is made where nobody is in it yet. */
  async dialOut(uri: string, how: DialOutWords = {}): Promise<void> {
    const id = this.#conferencePath.split('/').at(-1);
    if (!(await this.#has(this.#conferencePath))) await this.#ask('POST', '/conferences', { id });
    await this.#ask('POST', `${this.#conferencePath}/dial-out`, { uri, ...how });
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

  get #conferencePath(): string {
    return `/conferences/${addressOf(this.#plan.conference.uri).split('@')[0]}`;
  }

  /** @throws where that participant is not in the conference */
  #bridgeIdOf(participant: string): string {
    const id = this.#bridgeIds.get(participant);
    if (id === undefined) throw new Error(`${participant} is not in the conference`);
    return id;
  }

  async #has(path: string): Promise<boolean> {
    const response = await fetch(`${this.#controlUrl}${path}`);
    await response.body?.cancel();
    return response.ok;
  }

  /** @throws where the bridge refuses */
  async #ask(method: string, path: string, body?: unknown): Promise<void> {
    const content =
      body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(`${this.#controlUrl}${path}`, { method, ...content });
    if (!response.ok) throw new Error(`the bridge refused ${method} ${path}: ${await response.text()}`);
    await response.body?.cancel();
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
