import { Canvas, Compositor, drawNotice, type EncodedFrame, type Notice, type Tile } from '@plugfest/media';
import { type LayoutName, layoutTiles, type Rect, type VideoFrame } from '@plugfest/model';
import type { VideoLeg } from '../leg/video-leg.ts';
import type { StageTimes } from '../stage-times.ts';
import type { Participant } from './participant.ts';
import { ViewEncoder } from './view-encoder.ts';
import { type ViewFormat, viewFormatKey } from './view-format.ts';

/** The seat of what somebody shows. */
export const CONTENT = 'content';

/** What is to be drawn. */
export interface Scene {
  readonly format: Pick<ViewFormat, 'width' | 'height'>;
  readonly layout: LayoutName;
  /** Participants by seat, or `CONTENT`. */
  readonly seats: readonly (string | null)[];
  /** In place of all participants. */
  readonly notice?: Notice;
}

/** What one participant is to be sent. */
export interface View extends Scene {
  /** Unlike that of all other views. */
  readonly key: string;
  readonly viewer: Participant;
  /** Which of the viewer's streams it goes to. */
  readonly leg: VideoLeg;
  readonly format: ViewFormat;
}

/** Somebody who is shown pictures as they are drawn; they are good until it returns. */
export interface Onlooker {
  readonly scene: Scene;
  readonly show: (picture: Canvas) => void;
}

export interface ConferenceViewsOptions {
  readonly stages: StageTimes;
  readonly participants: ReadonlyMap<string, Participant>;
  /** Who shows something. */
  readonly presenter: () => Participant | undefined;
  readonly onFault: (message: string) => void;
}

/** For viewers that cannot ask for one. */
const PERIODIC_KEY_FRAME_US = 2_000_000;
/** Drawings that are kept: each key pressed is another. */
const MAX_NOTICES = 32;
const WAITING = 'Waiting for others to join';

/** A conference's pictures: each distinct view composed once and encoded once, for all who share it. */
export class ConferenceViews implements Disposable {
  readonly #options: ConferenceViewsOptions;
  readonly #compositors = new Map<string, Compositor>();
  readonly #notices = new Map<string, Canvas>();
  readonly #waiting = new Map<string, VideoFrame>();
  /** By format and viewers: who goes on with the same company goes on with the same encoder, whatever it shows. */
  readonly #encoders = new Map<string, ViewEncoder>();
  readonly #encoderOf = new Map<string, ViewEncoder>();
  /** By size. All views of it are drawn on one, each just before it is encoded: neighbours differ by a tile or two. */
  readonly #canvases = new Map<string, Canvas>();
  /** Views of this tick that are still to be encoded. */
  #pending: (() => void)[] = [];

  constructor(options: ConferenceViewsOptions) {
    this.#options = options;
  }

  /** The viewer of that view needs a key frame. */
  wantKeyFrame(view: string): void {
    this.#encoderOf.get(view)?.wantKeyFrame();
  }

  /**
   * Composes, encodes and sends one picture to each view's viewer. `speaker` is marked where it is seen. Between two views the event loop runs on: encoding all at once would
   * hold up the sound.
   */
  tick(views: readonly View[], speaker: string | undefined, nowUs: number, onlookers: readonly Onlooker[] = []): void {
    this.#finish();
    const used = new Map<string, ViewEncoder>();
    this.#encoderOf.clear();
    for (const shared of Map.groupBy(views, sharingKey).values()) {
      const view = shared[0] as View;
      // Another rate is no other encoder: it changes in flight, without a key frame.
      const key = `${viewFormatKey({ ...view.format, bitrateBps: 0 })} ${shared.map((each) => each.key).join()}`;
      try {
        const encoder = this.#encoderFor(key, view.format);
        encoder.setBitrate(view.format.bitrateBps);
        used.set(key, encoder);
        for (const each of shared) this.#encoderOf.set(each.key, encoder);
        const draw = this.#prepare(view, speaker);
        this.#pending.push(() => this.#send(shared, this.#encode(shared, encoder, draw(), nowUs)));
      } catch (fault) {
        this.#options.onFault(String(fault));
      }
    }
    for (const { scene, show } of onlookers) show(this.#prepare(scene, speaker)());
    this.#closeAllBut(used);
    this.#goOn();
  }

  #goOn(): void {
    this.#runOne();
    if (this.#pending.length > 0) setImmediate(() => this.#goOn());
  }

  #finish(): void {
    while (this.#pending.length > 0) this.#runOne();
  }

  #runOne(): void {
    try {
      this.#pending.shift()?.();
    } catch (fault) {
      this.#options.onFault(String(fault));
    }
  }

  [Symbol.dispose](): void {
    this.#pending = [];
    this.#closeAllBut(new Map());
    for (const canvas of [...this.#canvases.values(), ...this.#notices.values()]) canvas[Symbol.dispose]();
    this.#canvases.clear();
    this.#notices.clear();
  }

  #encoderFor(key: string, format: ViewFormat): ViewEncoder {
    const encoder = this.#encoders.get(key) ?? new ViewEncoder(format);
    this.#encoders.set(key, encoder);
    return encoder;
  }

  #closeAllBut(used: ReadonlyMap<string, ViewEncoder>): void {
    for (const [key, encoder] of this.#encoders) {
      if (used.has(key)) continue;
      encoder[Symbol.dispose]();
      this.#encoders.delete(key);
    }
  }

  #encode(shared: readonly View[], encoder: ViewEncoder, picture: Canvas, nowUs: number): EncodedFrame[] {
    const isHelpless = shared.some(({ leg }) => !leg.asksForKeyFrames);
    if (isHelpless && nowUs - encoder.keyFrameAtUs >= PERIODIC_KEY_FRAME_US) encoder.wantKeyFrame();
    return this.#options.stages.measure('encode', () => encoder.encode(picture, nowUs));
  }

  #send(shared: readonly View[], frames: readonly EncodedFrame[]): void {
    for (const { leg } of shared) for (const frame of frames) leg.send(frame);
  }

  /** Takes the pictures of now; what is returned draws them. It is good until something else is drawn. */
  #prepare(scene: Scene, speaker: string | undefined): () => Canvas {
    const { width, height } = scene.format;
    const { notice } = scene;
    if (notice) return () => this.#measured(() => this.#noticeOf(notice, width, height));
    const tiles = this.#measured(() => this.#tiles(scene, speaker));
    return () => this.#measured(() => this.#draw(tiles.length > 0 ? tiles : [this.#waitingTile(width, height)], scene));
  }

  #measured<T>(work: () => T): T {
    return this.#options.stages.measure('compose', work);
  }

  #draw(tiles: readonly Tile[], { format: { width, height } }: Scene): Canvas {
    const key = `${width}x${height}`;
    const canvas = this.#canvases.get(key) ?? new Canvas({ width, height });
    this.#canvases.set(key, canvas);
    this.#compositor(width, height).draw(tiles, canvas);
    return canvas;
  }

  #compositor(width: number, height: number): Compositor {
    const key = `${width}x${height}`;
    const compositor = this.#compositors.get(key) ?? new Compositor({ width, height });
    this.#compositors.set(key, compositor);
    return compositor;
  }

  /** Drawn once for all who are told the same. */
  #noticeOf(notice: Notice, width: number, height: number): Canvas {
    const key = `${width}x${height} ${JSON.stringify(notice)}`;
    const known = this.#notices.get(key);
    if (known) return known;
    const canvas = new Canvas({ width, height });
    canvas.cover(drawNotice(notice, width, height));
    const [oldest] = this.#notices;
    if (oldest && this.#notices.size >= MAX_NOTICES) {
      this.#notices.delete(oldest[0]);
      oldest[1][Symbol.dispose]();
    }
    this.#notices.set(key, canvas);
    return canvas;
  }

  #waitingTile(width: number, height: number): Tile {
    const key = `${width}x${height}`;
    const frame = this.#waiting.get(key) ?? this.#compositor(width, height).compose([]);
    this.#waiting.set(key, frame);
    return { rect: { x: 0, y: 0, width, height }, frame, label: WAITING };
  }

  #tiles({ layout, seats, format }: Scene, speaker: string | undefined): Tile[] {
    const shown = this.#shownOn(seats);
    const isCrowd = seats.filter((id) => id !== null).length > 1;
    return layoutTiles(layout, format.width, format.height).flatMap((rect, seat) => {
      if (seats[seat] === CONTENT) return this.#contentTile(rect);
      const participant = this.#options.participants.get(seats[seat] ?? '');
      if (!participant) return [];
      const frame = this.#pictureOf(shown[seat], rect.width, rect.height);
      const speaking = isCrowd && participant.id === speaker;
      return [{ rect, label: participant.displayName, speaking, ...(frame ? { frame } : {}) }];
    });
  }

  /** As large as fits, in its own shape: what is written on a slide must not be stretched. */
  #contentTile(seat: Rect): Tile[] {
    const presenter = this.#options.presenter();
    const size = presenter?.slides?.pictureSize;
    if (!presenter?.slides || !size) return [];
    const rect = fitted(size, seat);
    const frame = presenter.slides.pictureAt(rect.width, rect.height);
    return frame ? [{ rect, frame }] : [];
  }

  #pictureOf(id: string | null | undefined, width: number, height: number): VideoFrame | undefined {
    const participant = this.#options.participants.get(id ?? '');
    return participant?.sabotages.has('one-way') ? undefined : participant?.video?.pictureAt(width, height);
  }

  /** Whose picture is drawn on each seat. `wrong-tile`: that participant's and a neighbour's change places; what is announced does not. */
  #shownOn(seats: readonly (string | null)[]): readonly (string | null)[] {
    const wrong = seats.findIndex((id) => this.#options.participants.get(id ?? '')?.sabotages.has('wrong-tile'));
    const other = seats.findIndex((id, seat) => id !== null && seat !== wrong);
    if (wrong < 0 || other < 0) return seats;
    return seats.with(wrong, seats[other] ?? null).with(other, seats[wrong] ?? null);
  }
}

/** The largest rectangle of that shape in the middle of another, all even. */
function fitted({ width, height }: { readonly width: number; readonly height: number }, within: Rect): Rect {
  const scale = Math.min(within.width / width, within.height / height);
  const even = (value: number): number => Math.max(2, 2 * Math.round(value / 2));
  const [w, h] = [Math.min(within.width, even(width * scale)), Math.min(within.height, even(height * scale))];
  const [left, top] = [2 * Math.round((within.width - w) / 4), 2 * Math.round((within.height - h) / 4)];
  return { x: within.x + left, y: within.y + top, width: w, height: h };
}

function pictureKey({ format: { width, height }, layout, seats, notice }: Scene): string {
  return `${width}x${height} ${layout} ${notice ? JSON.stringify(notice) : seats.join()}`;
}

/** Equal for views that can share an encoder's output. */
function sharingKey(view: View): string {
  return `${viewFormatKey(view.format)} ${pictureKey(view)}`;
}
