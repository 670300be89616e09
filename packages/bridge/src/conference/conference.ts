import type { Canvas } from '@plugfest/media';
import type { Clock, LayoutName } from '@plugfest/model';
import { StageTimes } from '../stage-times.ts';
import { ActiveSpeaker } from './active-speaker.ts';
import { Clockwork } from './clockwork.ts';
import { ContentFloor } from './content-floor.ts';
import type { Access, DoorPolicy, Role } from './door.ts';
import type { Participant } from './participant.ts';
import { companionsOf, presenceOf } from './presence.ts';
import type { PromptVoices } from './prompts.ts';
import { Reception } from './reception.ts';
import type { Recording, RecordingEnd } from './recording.ts';
import { RecordingDesk } from './recording-desk.ts';
import { ConferenceSound } from './sound.ts';
import { JOIN_TONE, LEAVE_TONE, soundOfTones, type Tone } from './sound-player.ts';
import { ViewPlanner } from './view-planner.ts';
import { ConferenceViews, type View } from './views.ts';
import type { Visitor } from './visitor.ts';

export interface ConferenceSettings extends DoorPolicy {
  readonly layout: LayoutName;
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  readonly bitrateBps: number;
  /** Whether all hear that somebody comes or goes. */
  readonly tones: boolean;
}

export interface ConferenceOptions extends ConferenceSettings {
  readonly id: string;
  readonly clock: Clock;
  readonly voices: PromptVoices;
  /** A participant of whom nothing came for so long is hung up on. */
  readonly mediaTimeoutMs: number;
  readonly emit: (type: string, data: Record<string, unknown>) => void;
}

/** What a participant is to be shown; absent: as before. */
export interface ViewWish {
  readonly layout?: LayoutName | null | undefined;
  readonly selfView?: boolean | undefined;
}

/** Some who see and hear one another. Its clockwork runs while somebody is in it. */
export class Conference {
  readonly id: string;
  readonly participants = new Map<string, Participant>();
  readonly stages: StageTimes;
  #access: Access;
  readonly #planner: ViewPlanner;
  readonly #recordings: RecordingDesk;
  readonly #reception: Reception;
  readonly #options: ConferenceOptions;
  readonly #sound: ConferenceSound;
  readonly #views: ConferenceViews;
  readonly #floor: ContentFloor;
  readonly #speaker = new ActiveSpeaker();
  /** What each viewer was last said to see. */
  readonly #announced = new Map<string, string>();
  readonly #clockwork: Clockwork;
  #isClosed = false;

  constructor(options: ConferenceOptions) {
    this.#options = options;
    this.id = options.id;
    this.#access = options.access;
    const emit = (type: string, data: Record<string, unknown>): void =>
      options.emit(type, { conference: options.id, ...data });
    this.#floor = new ContentFloor((presenter) => emit('content.presenter', { participant: presenter?.id ?? null }));
    this.#recordings = new RecordingDesk({ clock: options.clock, settings: options, emit });
    this.#reception = new Reception({
      policy: () => this.door,
      voices: options.voices,
      isHostThere: () => this.participants.values().some(({ role }) => role === 'host'),
      emit,
      enter: (participant, role) => this.enter(participant, role),
    });
    this.#planner = new ViewPlanner(options.layout, {
      settings: options,
      participants: this.participants,
      visitors: () => this.visitors,
      speakers: () => this.#speaker.recent,
      presenter: () => this.presenter,
    });
    this.#clockwork = new Clockwork({
      clock: options.clock,
      frameRate: options.frameRate,
      onSound: (dueUs) => this.#hear(dueUs),
      onPicture: () => this.#show(),
      onFault: (message) => emit('bridge.fault', { message }),
    });
    this.stages = new StageTimes(options.clock);
    this.#sound = new ConferenceSound(this.stages);
    this.#sound.onMix = (mix, dueUs) => this.#recordings.hear(mix, dueUs);
    this.#views = new ConferenceViews({
      stages: this.stages,
      participants: this.participants,
      presenter: () => this.presenter,
      onFault: (message) => this.#clockwork.fault(message),
    });
  }

  /** Of PINs only whether there are any. */
  get settings(): Omit<ConferenceSettings, 'hostPin' | 'guestPin'> & { pins: Record<Role, boolean> } {
    const { width, height, frameRate, bitrateBps, tones, hostPin, guestPin } = this.#options;
    const pins = { host: hostPin !== undefined, guest: guestPin !== undefined };
    return { layout: this.layout, width, height, frameRate, bitrateBps, tones, access: this.#access, pins };
  }

  get door(): DoorPolicy {
    const { hostPin, guestPin } = this.#options;
    return { access: this.#access, hostPin, guestPin };
  }

  /** Those at the door. */
  get visitors(): ReadonlyMap<string, Visitor> {
    return this.#reception.visitors;
  }

  /** How many calls there are, in the conference and at its door. */
  get size(): number {
    return this.participants.size + this.visitors.size;
  }

  /** Of all who have none of their own. */
  get layout(): LayoutName {
    return this.#planner.layout;
  }

  get speaker(): string | undefined {
    return this.#speaker.current;
  }

  /** A call comes to the door; false where the conference has ended meanwhile. */
  arrive(participant: Participant): boolean {
    if (this.#isClosed) return false;
    this.#reception.arrive(participant, this.#options.clock.nowUs());
    this.#clockwork.start();
    return true;
  }

  /** Past the door, whatever it says: one who was called, or moved here, or may come in. False where the conference has ended. */
  enter(participant: Participant, role: Role): boolean {
    if (this.#isClosed) return false;
    participant.role = role;
    this.participants.set(participant.id, participant);
    this.#options.emit('participant.joined', { conference: this.id, participant: describe(participant) });
    this.#floor.join(participant);
    this.#announceBy(JOIN_TONE);
    this.#clockwork.start();
    if (role === 'host') this.#reception.lookAgain();
    return true;
  }

  async remove(id: string, reason: string): Promise<void> {
    await this.release(id, reason)?.close();
  }

  /** Lets somebody go without ending its media: it goes on elsewhere. */
  release(id: string, reason: string): Participant | undefined {
    const participant = this.participants.get(id) ?? this.visitors.get(id)?.participant;
    if (!participant) return undefined;
    const isVisitor = !this.participants.delete(id);
    this.#reception.visitors.delete(id);
    this.#announced.delete(id);
    this.#floor.leave(participant);
    if (this.spotlight.includes(id)) this.setSpotlight(this.spotlight.filter((other) => other !== id));
    if (this.size === 0) this.#rest();
    const type = isVisitor ? 'visitor.left' : 'participant.left';
    this.#options.emit(type, { conference: this.id, participant: describe(participant), reason });
    if (!isVisitor) this.#announceBy(LEAVE_TONE);
    return participant;
  }

  /** A key that somebody pressed, here or at the door. */
  press(id: string, digit: string): void {
    this.#options.emit('participant.digit', { conference: this.id, participant: id, digit });
    this.#reception.press(id, digit);
  }

  /** The PIN of somebody at the door who cannot press keys. */
  enterPin(visitor: string, pin: string): void {
    this.#reception.enterPin(visitor, pin);
  }

  setAccess(access: Access): void {
    this.#access = access;
    this.#options.emit('conference.access', { conference: this.id, access });
    this.#reception.lookAgain();
  }

  letIn(visitor: string): boolean {
    return this.#reception.letIn(visitor);
  }

  turnAway(visitor: string): boolean {
    return this.#reception.turnAway(visitor);
  }

  setLayout(layout: LayoutName): void {
    this.#planner.layout = layout;
    this.#options.emit('conference.layout', { conference: this.id, layout });
  }

  /** Participants who have the first seats of every view, whoever speaks; none: those who speak have them. */
  setSpotlight(ids: readonly string[]): void {
    const present = ids.map((id) => this.participants.get(id)).filter((participant) => participant !== undefined);
    this.#planner.spotlight = [...new Set(present.map((each) => presenceOf(each, this.participants)))];
    this.#options.emit('conference.spotlight', { conference: this.id, spotlight: this.spotlight });
  }

  get spotlight(): readonly string[] {
    return this.#planner.spotlight;
  }

  /** What one person is sent from the next picture on; `layout` null is the conference's. */
  setView(participant: Participant, { layout, selfView }: ViewWish): void {
    for (const session of companionsOf(participant, this.participants)) {
      if (layout !== undefined) session.layout = layout ?? undefined;
      if (selfView !== undefined) session.selfView = selfView;
      this.tellOf(session);
    }
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
    return this.#planner.seatsFor(viewer);
  }

  /** What that participant is sent; undefined where it takes no picture. */
  viewOf(viewer: Participant): View | undefined {
    return this.#planner.viewOf(viewer);
  }

  /** Who shows something to all. */
  get presenter(): Participant | undefined {
    return this.#floor.presenter;
  }

  /** By the host's word, BFCP or not. */
  letPresent(participant: Participant): void {
    this.#floor.give(participant);
  }

  stopPresenting(participant: Participant): void {
    this.#floor.stop(participant);
  }

  /** A later agreement may have brought floor control. */
  floorAgreed(participant: Participant): void {
    if (this.participants.has(participant.id)) this.#floor.join(participant);
  }

  get recording(): Recording | undefined {
    return this.#recordings.current;
  }

  /** Records what all see who have no view of their own, and what all say together. False where that is under way already. @throws SpawnFault */
  startRecording(ffmpeg: string, file: string): boolean {
    return !this.#isClosed && this.#recordings.start(ffmpeg, file);
  }

  /** Resolves when the file is whole; undefined where nothing is recorded. */
  stopRecording(): Promise<RecordingEnd | undefined> {
    return this.#recordings.stop();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#recordings.close();
    const all = [...this.participants.keys(), ...this.visitors.keys()];
    await Promise.all(all.map((id) => this.remove(id, 'conference-ended')));
    this.#rest();
  }

  #rest(): void {
    void this.#recordings.stop();
    this.#clockwork.stop();
    this.#views[Symbol.dispose]();
  }

  #announceBy(tone: readonly Tone[]): void {
    if (this.#options.tones) this.#sound.announce(soundOfTones(tone));
  }

  #hear(dueUs: number): void {
    this.#reception.hear(dueUs);
    const levels = this.#sound.tick(this.participants, dueUs);
    if (this.#speaker.tick(levels)) {
      this.#options.emit('conference.speaker', { conference: this.id, participant: this.#speaker.current ?? null });
    }
  }

  #show(): void {
    const nowUs = this.#options.clock.nowUs();
    const here = [...this.participants.values()];
    const all = [...here, ...[...this.visitors.values()].map(({ participant }) => participant)];
    this.#reception.tick(nowUs);
    for (const participant of all) {
      for (const leg of [participant.video, participant.slides]) leg?.tick(1e6 / this.#options.frameRate);
      this.#watch(participant, nowUs);
    }
    this.#floor.tick(here);
    const views = all.flatMap((viewer) => this.viewOf(viewer) ?? []);
    for (const view of views) if (!view.notice) this.#announce(view, nowUs);
    const slides = here.flatMap((viewer) => this.#planner.slidesFor(viewer) ?? []);
    const show = (picture: Canvas): void => this.#recordings.show(picture, nowUs);
    const onlookers = this.recording ? [{ scene: this.#planner.overview, show }] : [];
    this.#views.tick([...views, ...slides], this.#speaker.current, nowUs, onlookers);
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
}

/** A participant as the control API tells of it. */
export function describe(participant: Participant): Record<string, unknown> {
  const {
    id,
    uri,
    displayName,
    legClass,
    signalling,
    role,
    muted,
    layout = null,
    selfView,
    session,
    codecs,
    security,
  } = participant;
  const sabotages = [...participant.sabotages];
  return {
    id,
    uri,
    displayName,
    legClass,
    signalling,
    role,
    callId: session.callId,
    muted,
    layout,
    selfView,
    codecs,
    security,
    sabotages,
  };
}
