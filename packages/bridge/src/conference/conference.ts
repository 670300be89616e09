import type { Clock, LayoutName } from '@plugfest/model';
import { StageTimes } from '../stage-times.ts';
import { ActiveSpeaker } from './active-speaker.ts';
import type { Participant } from './participant.ts';
import { seatsOf } from './seating.ts';
import { ConferenceSound } from './sound.ts';
import { Ticker } from './ticker.ts';
import { viewFormatOf } from './view-format.ts';
import { ConferenceViews, type View } from './views.ts';

export interface ConferenceSettings {
  readonly layout: LayoutName;
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  readonly bitrateBps: number;
}

export interface ConferenceOptions extends ConferenceSettings {
  readonly id: string;
  readonly clock: Clock;
  /** A participant of whom nothing came for so long is hung up on. */
  readonly mediaTimeoutMs: number;
  readonly emit: (type: string, data: Record<string, unknown>) => void;
}

/** What a participant is to be shown; absent: as before. */
export interface ViewWish {
  readonly layout?: LayoutName | null | undefined;
  readonly selfView?: boolean | undefined;
}

/** Sound that is late is still heard; a picture that is late is replaced by the next. */
const SOUND_TICK = { periodMs: 20, makeUp: 10 } as const;

/** Some who see and hear one another. Its clockwork runs while somebody is in it. */
export class Conference {
  readonly id: string;
  readonly participants = new Map<string, Participant>();
  readonly stages: StageTimes;
  layout: LayoutName;
  readonly #options: ConferenceOptions;
  readonly #sound: ConferenceSound;
  readonly #views: ConferenceViews;
  readonly #speaker = new ActiveSpeaker();
  /** What each viewer was last said to see. */
  readonly #announced = new Map<string, string>();
  #spotlight: readonly string[] = [];
  #tickers: readonly Ticker[] = [];
  #isClosed = false;
  #lastFault = '';

  constructor(options: ConferenceOptions) {
    this.#options = options;
    this.id = options.id;
    this.layout = options.layout;
    this.stages = new StageTimes(options.clock);
    this.#sound = new ConferenceSound(this.stages);
    this.#views = new ConferenceViews({
      stages: this.stages,
      participants: this.participants,
      onFault: (message) => this.#fault(message),
    });
  }

  get settings(): ConferenceSettings {
    const { width, height, frameRate, bitrateBps } = this.#options;
    return { layout: this.layout, width, height, frameRate, bitrateBps };
  }

  get speaker(): string | undefined {
    return this.#speaker.current;
  }

  /** False where the conference has ended meanwhile. */
  add(participant: Participant): boolean {
    if (this.#isClosed) return false;
    this.participants.set(participant.id, participant);
    this.#options.emit('participant.joined', { conference: this.id, participant: describe(participant) });
    if (this.#tickers.length === 0) this.#tickers = this.#startTickers();
    return true;
  }

  async remove(id: string, reason: string): Promise<void> {
    const participant = this.participants.get(id);
    if (!participant) return;
    this.participants.delete(id);
    this.#announced.delete(id);
    if (this.#spotlight.includes(id)) this.setSpotlight(this.#spotlight.filter((other) => other !== id));
    if (this.participants.size === 0) this.#rest();
    this.#options.emit('participant.left', { conference: this.id, participant: describe(participant), reason });
    await participant.close();
  }

  setLayout(layout: LayoutName): void {
    this.layout = layout;
    this.#options.emit('conference.layout', { conference: this.id, layout });
  }

  /** Participants who have the first seats of every view, whoever speaks; none: those who speak have them. */
  setSpotlight(ids: readonly string[]): void {
    this.#spotlight = [...new Set(ids)];
    this.#options.emit('conference.spotlight', { conference: this.id, spotlight: this.#spotlight });
  }

  get spotlight(): readonly string[] {
    return this.#spotlight;
  }

  /** What one participant is sent from the next picture on; `layout` null is the conference's. */
  setView(participant: Participant, { layout, selfView }: ViewWish): void {
    if (layout !== undefined) participant.layout = layout ?? undefined;
    if (selfView !== undefined) participant.selfView = selfView;
    this.tellOf(participant);
  }

  /** Tells that something about that participant is not as it was. */
  tellOf(participant: Participant): void {
    this.#options.emit('participant.changed', { conference: this.id, participant: describe(participant) });
  }

  /** The viewer needs a key frame. */
  wantKeyFrame(viewer: string): void {
    this.#views.wantKeyFrame(viewer);
  }

  /** Who is shown in each seat of that participant's view. */
  seatsFor(viewer: string): (string | null)[] {
    const { layout = this.layout, selfView = false } = this.participants.get(viewer) ?? {};
    const participants = [...this.participants.values()].filter(({ video }) => video).map(({ id }) => id);
    const [speakers, spotlight] = [this.#speaker.recent, this.#spotlight];
    return seatsOf({ layout, viewer, participants, speakers, spotlight, selfView });
  }

  /** What that participant is sent; undefined where it takes no picture. */
  viewOf(viewer: Participant): View | undefined {
    if (!viewer.video?.isSending) return undefined;
    const format = viewFormatOf(this.settings, viewer.video.media);
    return { viewer, format, layout: viewer.layout ?? this.layout, seats: this.seatsFor(viewer.id) };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.participants.keys()].map((id) => this.remove(id, 'conference-ended')));
    this.#rest();
  }

  #startTickers(): readonly Ticker[] {
    const { clock, frameRate } = this.#options;
    return [
      new Ticker(clock, SOUND_TICK, (dueUs) => this.#guarded(() => this.#hear(dueUs))),
      new Ticker(clock, { periodMs: 1000 / frameRate, makeUp: 0 }, () => this.#guarded(() => this.#show())),
    ];
  }

  #rest(): void {
    for (const ticker of this.#tickers) ticker.stop();
    this.#tickers = [];
    this.#views[Symbol.dispose]();
  }

  #hear(dueUs: number): void {
    const levels = this.#sound.tick(this.participants.values(), dueUs);
    if (this.#speaker.tick(levels)) {
      this.#options.emit('conference.speaker', { conference: this.id, participant: this.#speaker.current ?? null });
    }
  }

  #show(): void {
    const nowUs = this.#options.clock.nowUs();
    for (const participant of this.participants.values()) {
      participant.video?.tick(1e6 / this.#options.frameRate);
      this.#watch(participant, nowUs);
    }
    const views = [...this.participants.values()].flatMap((viewer) => this.viewOf(viewer) ?? []);
    for (const view of views) this.#announce(view, nowUs);
    this.#views.tick(views, this.#speaker.current, nowUs);
  }

  #announce({ viewer, layout, seats, format: { width, height } }: View, atUs: number): void {
    const said = `${layout} ${width}x${height} ${seats.join()}`;
    if (this.#announced.get(viewer.id) === said) return;
    this.#announced.set(viewer.id, said);
    this.#options.emit('view.changed', { conference: this.id, viewer: viewer.id, layout, width, height, seats, atUs });
  }

  /** Whoever vanished without a word does not keep a seat for ever. */
  #watch(participant: Participant, nowUs: number): void {
    const { heardAtUs, session } = participant;
    if (heardAtUs === undefined || nowUs - heardAtUs < this.#options.mediaTimeoutMs * 1000) return;
    void this.remove(participant.id, 'media-timeout');
    void session.bye([{ name: 'Reason', value: 'SIP;cause=408;text="No media"' }]);
  }

  /** A fault while one tick is made is ours; it must not end the calls. */
  #guarded(tick: () => void): void {
    try {
      tick();
    } catch (fault) {
      this.#fault(fault instanceof Error ? (fault.stack ?? fault.message) : String(fault));
    }
  }

  #fault(message: string): void {
    if (message === this.#lastFault) return;
    this.#lastFault = message;
    this.#options.emit('bridge.fault', { conference: this.id, message });
  }
}

/** A participant as the control API tells of it. */
export function describe(participant: Participant): Record<string, unknown> {
  const { id, uri, displayName, muted, layout = null, selfView, session, codecs, security, sabotages } = participant;
  const { callId } = session;
  return { id, uri, displayName, callId, muted, layout, selfView, codecs, security, sabotages: [...sabotages] };
}
