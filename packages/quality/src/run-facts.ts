import { LAYOUT_TILES, type LayoutName, type Plan, type Refusal, type RunEvent } from '@plugfest/model';
import { type PacketFacts, packetFactsOf } from './packet-statistics.ts';
import { type Witnesses, witnessesOf } from './witnesses.ts';

/** From when on the bridge says that a viewer is shown which participants, in which layout. */
export interface AnnouncedView {
  readonly fromUs: number;
  readonly layout: LayoutName;
  /** In seat order; null is an empty seat. */
  readonly seats: readonly (string | null)[];
}

/** What the events of a run say, as far as measuring needs it: plain data, so that it can be handed to a worker. */
export interface RunFacts {
  /** 0 and 0 where no media were measured. */
  readonly mediaStartUs: number;
  readonly mediaEndUs: number;
  readonly joined: readonly string[];
  readonly refusals: readonly Refusal[];
  /** By participant, on the run's clock. */
  readonly sourceStartedUs: Readonly<Record<string, number>>;
  readonly leftUs: Readonly<Record<string, number>>;
  /** By viewer, in order of time. */
  readonly views: Readonly<Record<string, readonly AnnouncedView[]>>;
  readonly packets: Readonly<Record<string, PacketFacts>>;
  readonly droppedFrames: Readonly<Record<string, number>>;
  /** When each called. */
  readonly calledUs: Readonly<Record<string, number>>;
  /** How wrong the mapping of an endpoint's own clock onto the run's may be; absent where it has the run's. */
  readonly clockErrorUs: Readonly<Record<string, number>>;
  readonly witnesses: Readonly<Record<string, Witnesses>>;
  /** Busy share of all processors while media were measured, and of it what the harness's own process took. */
  readonly load: { readonly busy: number; readonly own: number; readonly processors: number } | undefined;
}

/** Reads the events; what is malformed is passed over, because events are evidence and evidence may be incomplete. */
export function factsOf(plan: Plan, events: readonly RunEvent[]): RunFacts {
  const start = events.find(({ type }) => type === 'media.started');
  const stop = events.findLast(({ type }) => type === 'media.stopped');
  const lastUs = events.reduce((last, { atUs }) => Math.max(last, atUs), 0);
  const mediaStartUs = start?.atUs ?? 0;
  const joined = new Set(ofType(events, 'participant.joined').map(([id]) => id));
  return {
    mediaStartUs,
    // A run that was cut short is measured as far as it went.
    mediaEndUs: start ? (stop?.atUs ?? Math.min(lastUs, mediaStartUs + plan.mediaMs * 1000)) : 0,
    joined: plan.participants.map(({ id }) => id).filter((id) => joined.has(id)),
    refusals: ofType(events, 'participant.refused').map(([id, event]) => refusalOf(id, event)),
    sourceStartedUs: numbersOf(events, 'source.started', ({ data }) => data.startedUs),
    leftUs: numbersOf(events, 'participant.left', ({ atUs }) => atUs),
    views: viewsOf(events),
    packets: Object.fromEntries(ofType(events, 'wire.stats').map(([id, { data }]) => [id, packetFactsOf(data)])),
    droppedFrames: numbersOf(events, 'capture.closed', ({ data }) => data.droppedFrames),
    calledUs: numbersOf(events, 'participant.joining', ({ atUs }) => atUs),
    clockErrorUs: numbersOf(events, 'clock.mapped', ({ data }) => data.errorUs),
    witnesses: witnessesOf(events),
    load: loadOf(events),
  };
}

function loadOf(events: readonly RunEvent[]): RunFacts['load'] {
  const { busy, own, processors } = events.find(({ type }) => type === 'harness.load')?.data ?? {};
  const isKnown = typeof busy === 'number' && typeof own === 'number' && typeof processors === 'number';
  return isKnown ? { busy, own, processors } : undefined;
}

function ofType(events: readonly RunEvent[], type: string): [participant: string, event: RunEvent][] {
  return events.flatMap((event) => {
    const id = event.participant ?? event.data.participant ?? event.data.viewer;
    return event.type === type && typeof id === 'string' ? [[id, event] as [string, RunEvent]] : [];
  });
}

function numbersOf(
  events: readonly RunEvent[],
  type: string,
  value: (event: RunEvent) => unknown,
): Record<string, number> {
  const numbers: Record<string, number> = {};
  for (const [id, event] of ofType(events, type)) {
    const found = value(event);
    if (typeof found === 'number' && Number.isFinite(found)) numbers[id] = found;
  }
  return numbers;
}

function viewsOf(events: readonly RunEvent[]): Record<string, AnnouncedView[]> {
  const views: Record<string, AnnouncedView[]> = {};
  for (const [viewer, { atUs, data }] of ofType(events, 'view.changed')) {
    const { layout, seats } = data;
    if (typeof layout !== 'string' || !Object.hasOwn(LAYOUT_TILES, layout) || !Array.isArray(seats)) continue;
    const known = seats.map((seat: unknown) => (typeof seat === 'string' ? seat : null));
    const fromUs = typeof data.atUs === 'number' ? data.atUs : atUs;
    views[viewer] ??= [];
    views[viewer].push({ fromUs, layout: layout as LayoutName, seats: known });
  }
  for (const list of Object.values(views)) list.sort((a, b) => a.fromUs - b.fromUs);
  return views;
}

function refusalOf(participant: string, { atUs, data }: RunEvent): Refusal {
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  return {
    participant,
    statusCode: typeof data.statusCode === 'number' ? Math.trunc(data.statusCode) : 0,
    reasonPhrase: text(data.reasonPhrase) ?? '',
    rule: text(data.rule),
    diagnostics: text(data.diagnostics),
    atUs,
  };
}
