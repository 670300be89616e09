import { Compositor, MixMinus, type Tile } from '@plugfest/media';
import { type Clock, type LayoutName, layoutTiles, type Rect, type VideoFrame } from '@plugfest/model';
import { ActiveSpeaker } from './active-speaker.ts';
import type { Participant } from './participant.ts';
import { seatsOf } from './seating.ts';
import { Ticker } from './ticker.ts';
import { ViewEncoder } from './view-encoder.ts';

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
  readonly emit: (type: string, data: Record<string, unknown>) => void;
}

const AUDIO_TICK_MS = 20;
/** For viewers that cannot ask for one. */
const PERIODIC_KEY_FRAME_US = 2_000_000;

/** Some who see and hear one another: mixes, composes, and encodes each distinct view once. */
export class Conference {
  readonly id: string;
  readonly participants = new Map<string, Participant>();
  layout: LayoutName;
  readonly #options: ConferenceOptions;
  readonly #mixer = new MixMinus();
  readonly #speaker = new ActiveSpeaker();
  readonly #compositor: Compositor;
  readonly #encoders = new Map<string, ViewEncoder>();
  /** Viewer to the key of the view that it was sent last. */
  readonly #viewOf = new Map<string, string>();
  readonly #announced = new Map<string, string>();
  readonly #keyFrameAtUs = new Map<string, number>();
  readonly #tickers: readonly Ticker[];

  constructor(options: ConferenceOptions) {
    this.#options = options;
    this.id = options.id;
    this.layout = options.layout;
    this.#compositor = new Compositor(options);
    this.#tickers = [
      new Ticker(options.clock, AUDIO_TICK_MS, (dueUs) => this.#mix(dueUs)),
      new Ticker(options.clock, 1000 / options.frameRate, () => this.#compose()),
    ];
  }

  get settings(): ConferenceSettings {
    const { width, height, frameRate, bitrateBps } = this.#options;
    return { layout: this.layout, width, height, frameRate, bitrateBps };
  }

  add(participant: Participant): void {
    this.participants.set(participant.id, participant);
    this.#options.emit('participant.joined', { conference: this.id, participant: describe(participant) });
  }

  async remove(id: string, reason: string): Promise<void> {
    const participant = this.participants.get(id);
    if (!participant) return;
    this.participants.delete(id);
    for (const map of [this.#viewOf, this.#announced, this.#keyFrameAtUs]) map.delete(id);
    this.#options.emit('participant.left', { conference: this.id, participant: describe(participant), reason });
    await participant.close();
  }

  setLayout(layout: LayoutName): void {
    this.layout = layout;
    this.#options.emit('conference.layout', { conference: this.id, layout });
  }

  /** The viewer needs a key frame. */
  wantKeyFrame(viewer: string): void {
    this.#encoders.get(this.#viewOf.get(viewer) ?? '')?.wantKeyFrame();
  }

  seatsFor(viewer: string): (string | null)[] {
    const shown = [...this.participants.values()].filter(({ video }) => video).map(({ id }) => id);
    return seatsOf(this.layout, viewer, shown, this.#speaker.current);
  }

  async close(): Promise<void> {
    for (const ticker of this.#tickers) ticker.stop();
    for (const id of [...this.participants.keys()]) await this.remove(id, 'conference closed');
    for (const encoder of this.#encoders.values()) encoder.close();
  }

  #mix(dueUs: number): void {
    this.#mixer.nextTick();
    const levels = new Map<string, number>();
    const own = new Map<string, Int16Array>();
    for (const { id, audio, muted, sabotages } of this.participants.values()) {
      const chunk = audio?.next();
      if (!chunk || muted || sabotages.has('one-way')) continue;
      this.#mixer.add(id, chunk);
      levels.set(id, this.#mixer.level(id));
      if (sabotages.has('own-voice')) own.set(id, chunk.samples);
    }
    for (const { id, audio } of this.participants.values())
      audio?.send(withOwn(this.#mixer.mixFor(id), own.get(id)), dueUs);
    if (this.#speaker.tick(levels))
      this.#options.emit('conference.speaker', { conference: this.id, participant: this.#speaker.current });
  }

  #compose(): void {
    const nowUs = this.#options.clock.nowUs();
    const pictures = new TickPictures(this.participants);
    const used = new Set<string>();
    for (const [key, viewers] of this.#viewers(nowUs)) {
      used.add(key);
      const encoder = this.#encoderOf(key, viewers[0] as Participant);
      for (const viewer of viewers) if (this.#needsKeyFrame(viewer, key, nowUs)) encoder.wantKeyFrame();
      const frames = encoder.encode(this.#compositor, this.#tiles(viewers[0] as Participant, pictures), nowUs);
      for (const viewer of viewers) for (const frame of frames) viewer.video?.send(frame);
    }
    for (const [key, encoder] of this.#encoders) {
      if (used.has(key)) continue;
      encoder.close();
      this.#encoders.delete(key);
    }
  }

  /** Who is sent the same picture in the same coding. */
  #viewers(nowUs: number): Map<string, Participant[]> {
    const groups = new Map<string, Participant[]>();
    for (const viewer of this.participants.values()) {
      if (!viewer.video) continue;
      viewer.video.tick();
      const seats = this.seatsFor(viewer.id);
      this.#announce(viewer.id, seats, nowUs);
      const key = `${viewer.video.encodingKey}|${this.layout}|${seats.join()}`;
      groups.set(key, [...(groups.get(key) ?? []), viewer]);
    }
    return groups;
  }

  #announce(viewer: string, seats: readonly (string | null)[], atUs: number): void {
    const { width, height, emit } = this.#options;
    const said = `${this.layout}|${seats.join()}`;
    if (this.#announced.get(viewer) === said) return;
    this.#announced.set(viewer, said);
    emit('view.changed', { conference: this.id, viewer, layout: this.layout, width, height, seats, atUs });
  }

  #encoderOf(key: string, viewer: Participant): ViewEncoder {
    const known = this.#encoders.get(key);
    if (known) return known;
    const codec = viewer.video?.codec ?? 'h264';
    const encoder = new ViewEncoder({
      ...this.#options,
      codec,
      inSlices: viewer.video?.encodingKey.endsWith('in slices') ?? false,
    });
    this.#encoders.set(key, encoder);
    return encoder;
  }

  #needsKeyFrame({ id, video }: Participant, key: string, nowUs: number): boolean {
    const isNew = this.#viewOf.get(id) !== key;
    this.#viewOf.set(id, key);
    const due = !video?.asksForKeyFrames && nowUs - (this.#keyFrameAtUs.get(id) ?? 0) > PERIODIC_KEY_FRAME_US;
    if (isNew || due) this.#keyFrameAtUs.set(id, nowUs);
    return isNew || due;
  }

  #tiles(viewer: Participant, pictures: TickPictures): Tile[] {
    const rects = layoutTiles(this.layout, this.#options.width, this.#options.height);
    const seats = this.seatsFor(viewer.id);
    const shown = this.#sabotagedSeats(seats);
    return seats.flatMap((id, seat) => {
      const rect = rects[seat];
      const who = shown[seat];
      const participant = id === null ? undefined : this.participants.get(id);
      if (!rect || !participant || who === undefined || who === null) return [];
      const frame = pictures.of(who, rect);
      return [
        { rect, ...(frame ? { frame } : {}), label: participant.displayName, speaking: id === this.#speaker.current },
      ];
    });
  }

  /** `wrong-tile`: the pictures of that participant and of a neighbour change places, the announced seats do not. */
  #sabotagedSeats(seats: readonly (string | null)[]): (string | null)[] {
    const victim = seats.findIndex((id) => id !== null && this.participants.get(id)?.sabotages.has('wrong-tile'));
    const other = seats.findIndex((id, seat) => id !== null && seat !== victim);
    if (victim < 0 || other < 0) return [...seats];
    return seats.map((id, seat) =>
      seat === victim ? (seats[other] ?? null) : seat === other ? (seats[victim] ?? null) : id,
    );
  }
}

/** The pictures of one tick, each scaled once for all views. */
class TickPictures {
  readonly #participants: ReadonlyMap<string, Participant>;
  readonly #scaled = new Map<string, VideoFrame>();

  constructor(participants: ReadonlyMap<string, Participant>) {
    this.#participants = participants;
  }

  of(id: string, { width, height }: Rect): VideoFrame | undefined {
    const participant = this.#participants.get(id);
    const latest = participant?.sabotages.has('one-way') ? undefined : participant?.video?.latest;
    if (!latest) return undefined;
    const key = `${id} ${width}x${height}`;
    const known = this.#scaled.get(key);
    if (known) return known;
    const scaled = latest.scaleTo(width, height);
    this.#scaled.set(key, scaled);
    return scaled;
  }
}

function withOwn(mix: Int16Array, own: Int16Array | undefined): Int16Array {
  return own ? mix.map((sample, index) => Math.max(-32768, Math.min(32767, sample + (own[index] ?? 0)))) : mix;
}

/** A participant as the control API tells of it. */
export function describe({
  id,
  uri,
  displayName,
  muted,
  session,
  codecs,
  security,
}: Participant): Record<string, unknown> {
  return { id, uri, displayName, callId: session.callId, muted, codecs, security };
}
