import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AudioCodecName,
  CaptureWriter,
  Compositor,
  type ParticipantSource,
  solidPicture,
  type Tile,
  type VideoCodecName,
  VideoDecoder,
  VideoEncoder,
} from '@plugfest/media';
import { type LayoutName, layoutTiles, type Plan, type Rect, type RunEvent, type VideoFrame } from '@plugfest/model';
import { START_US, sourceStartUs, syntheticEvents, syntheticPlan } from './synthetic-plan.ts';
import { mixSound } from './synthetic-sound.ts';

const DEFAULT_FRAME_RATE = 15;

/** What is done to what the first viewer sees and hears of the second participant (and of itself): the truth to be found. */
export interface Injection {
  readonly videoDelayMs?: number;
  readonly audioDelayMs?: number;
  readonly gainDb?: number;
  readonly isMuted?: boolean;
  /** Seconds from the start of the window. */
  readonly freeze?: { readonly fromS: number; readonly toS: number };
  readonly isBlack?: boolean;
  /** The whole picture stops then, while the sound goes on. */
  readonly pictureEndsS?: number;
  /** New pictures a second instead of the conference’s: any rate below it, spread as evenly as its ticks allow. */
  readonly frameRate?: number;
  /** Second and third participant change places, against what is announced. */
  readonly isSwapped?: boolean;
  /** The third participant's picture is shown in the second's seat too. */
  readonly isDoubled?: boolean;
  readonly ownVoiceDb?: number;
}

export interface ConferenceOptions {
  readonly sources: readonly ParticipantSource[];
  readonly seconds: number;
  readonly layout?: LayoutName;
  readonly size?: { readonly width: number; readonly height: number };
  readonly videoCodec?: VideoCodecName;
  readonly bitrateBps?: number;
  readonly audioCodec?: AudioCodecName;
  /** Of the sources and of the conference: 15 where absent. The sources are prepared with the same. */
  readonly frameRate?: number;
  /** Viewers that have a capture; all where absent. */
  readonly viewers?: number;
  readonly injection?: Injection;
}

export interface SyntheticRun {
  readonly plan: Plan;
  readonly events: RunEvent[];
  /** Send-to-show delays of every first showing, of what the first viewer saw of each participant. */
  readonly delaysMs: Record<string, number[]>;
  /** The same showings, one by one. */
  readonly showings: Record<string, Showing[]>;
}

/** The first time that a frame was shown. */
export interface Showing {
  readonly frameNumber: number;
  readonly sentUs: number;
  readonly shownUs: number;
}

export const DEFAULT_VIDEO_DELAY_MS = 150;
export const DEFAULT_AUDIO_DELAY_MS = 120;

/** Writes captures of a conference under `dir`, as its viewers would: every source coded, composed, labelled, coded again. */
export async function synthesise(dir: string, options: ConferenceOptions): Promise<SyntheticRun> {
  const { sources, seconds, layout = 'equal-2x2', size = { width: 640, height: 360 } } = options;
  mkdirSync(join(dir, 'captures'), { recursive: true });
  const sent = sources.map((source, i) => codedSource(source, sourceStartUs(i), seconds + 4, options));
  const showings: Record<string, Showing[]> = {};
  const viewers = sources.slice(0, options.viewers ?? sources.length);
  for (const [viewer, { participant }] of viewers.entries()) {
    const truth = viewer === 0 ? showings : {};
    const path = join(dir, 'captures', `${participant.id}.mkv`);
    await writeCapture(path, viewer, { ...options, layout, size }, sent, truth);
  }
  const { frameRate = DEFAULT_FRAME_RATE } = options;
  return {
    plan: syntheticPlan(sources, seconds, layout, { ...size, frameRate }),
    events: syntheticEvents(sources, seconds, layout),
    showings,
    delaysMs: Object.fromEntries(
      Object.entries(showings).map(([id, list]) => [id, list.map(({ sentUs, shownUs }) => (shownUs - sentUs) / 1000)]),
    ),
  };
}

const codedSources = new Map<string, VideoFrame[]>();

/** Every frame as it comes out of the sender's coder; made once for the same source. */
function codedSource(
  source: ParticipantSource,
  startedUs: number,
  seconds: number,
  options: ConferenceOptions,
): VideoFrame[] {
  const { id, video } = source.participant;
  const key = JSON.stringify([
    id,
    video,
    startedUs,
    seconds,
    options.videoCodec,
    options.bitrateBps,
    options.frameRate,
  ]);
  const frames = codedSources.get(key) ?? encodeSource(source, startedUs, seconds, options);
  codedSources.set(key, frames);
  return frames;
}

function encodeSource(
  source: ParticipantSource,
  startedUs: number,
  seconds: number,
  { videoCodec = 'h264', bitrateBps = 400_000, frameRate = DEFAULT_FRAME_RATE }: ConferenceOptions,
): VideoFrame[] {
  const { width, height } = source.participant.video;
  using encoder = VideoEncoder.open({ codec: videoCodec, width, height, frameRate, bitrateBps });
  using decoder = VideoDecoder.open({ codec: videoCodec });
  return Array.from({ length: Math.ceil(seconds * frameRate) }, (_, n) => {
    const sentUs = Math.round(startedUs + (n * 1e6) / frameRate);
    return coded(encoder, decoder, source.stamped(n, sentUs));
  });
}

function coded(encoder: VideoEncoder, decoder: VideoDecoder, frame: VideoFrame): VideoFrame {
  const pictures = encoder.encode(frame).flatMap(({ data, ptsUs }) => decoder.decode(data, ptsUs));
  const last = pictures.at(-1);
  const out = last ? { ...last.toFrame(), ptsUs: frame.ptsUs } : frame;
  for (const picture of pictures) picture.release();
  return out;
}

async function writeCapture(
  path: string,
  viewer: number,
  options: ConferenceOptions & { layout: LayoutName; size: { width: number; height: number } },
  sent: readonly VideoFrame[][],
  truth: Record<string, Showing[]>,
): Promise<void> {
  const { size, seconds, videoCodec: codec = 'h264', bitrateBps = 600_000, frameRate = DEFAULT_FRAME_RATE } = options;
  const writer = CaptureWriter.open(path, { video: size, audio: { sampleRateHz: 48_000, channels: 1 } });
  const compositor = new Compositor(size);
  using encoder = VideoEncoder.open({ codec, ...size, frameRate, bitrateBps });
  using decoder = VideoDecoder.open({ codec });
  const view = new View(viewer, options, sent, truth);
  const sound = soundOf(viewer, options);
  const [fromUs, toUs] = [START_US - 500_000, START_US + seconds * 1e6 + 300_000];
  for (let n = 0; fromUs + (n * 1e6) / frameRate < toUs; n++) {
    const shownUs = Math.round(fromUs + (n * 1e6) / frameRate);
    while ((sound[0]?.ptsUs ?? Number.POSITIVE_INFINITY) <= shownUs)
      writer.writeAudio(sound.shift() as (typeof sound)[0]);
    if (viewer === 0 && shownUs > START_US + (options.injection?.pictureEndsS ?? 99) * 1e6) continue;
    const picture = coded(encoder, decoder, { ...compositor.compose(view.tilesAt(shownUs)), ptsUs: shownUs });
    writer.writeVideo(picture);
    // The writer drops what it cannot keep up with: a real capture is paced by time, this one by the writer.
    while (writer.queued > 20) await new Promise(setImmediate);
  }
  await writer.close();
  if (writer.droppedFrames > 0) throw new Error(`${writer.droppedFrames} frames dropped while synthesising`);
}

/** What one viewer is shown at a time. */
class View {
  readonly #viewer: number;
  readonly #options: ConferenceOptions;
  readonly #sent: readonly VideoFrame[][];
  readonly #truth: Record<string, Showing[]>;
  readonly #rects: readonly Rect[];
  readonly #lastShown = new Map<number, VideoFrame>();

  constructor(
    viewer: number,
    options: ConferenceOptions & { layout: LayoutName; size: { width: number; height: number } },
    sent: readonly VideoFrame[][],
    truth: Record<string, Showing[]>,
  ) {
    this.#viewer = viewer;
    this.#options = options;
    this.#sent = sent;
    this.#truth = truth;
    this.#rects = layoutTiles(options.layout, options.size.width, options.size.height);
  }

  tilesAt(shownUs: number): Tile[] {
    const { sources, injection } = this.#options;
    const order = sources.map((_, i) => i).filter((i) => i !== this.#viewer);
    const mine = this.#viewer === 0 ? injection : undefined;
    const places = order.slice(0, this.#rects.length);
    if (mine?.isSwapped) [places[0], places[1]] = [places[1] as number, places[0] as number];
    if (mine?.isDoubled) places[0] = places[1] as number;
    return places.map((i, seat) => ({
      rect: this.#rects[seat] as Rect,
      frame: this.#frameOf(i, shownUs),
      label: sources[order[seat] as number]?.participant.name ?? '',
      speaking: seat === 0,
    }));
  }

  #frameOf(i: number, shownUs: number): VideoFrame {
    const mine = this.#viewer === 0 && i === 1 ? this.#options.injection : undefined;
    const source = this.#options.sources[i] as ParticipantSource;
    const { width, height } = source.participant.video;
    if (mine?.isBlack) return { width, height, data: solidPicture(width, height), ptsUs: shownUs };
    const atS = (shownUs - START_US) / 1e6;
    const isFrozen = mine?.freeze && atS >= mine.freeze.fromS && atS < mine.freeze.toS;
    const delayUs = (mine?.videoDelayMs ?? DEFAULT_VIDEO_DELAY_MS) * 1000;
    const untilUs = isFrozen ? START_US + (mine?.freeze?.fromS ?? 0) * 1e6 : shownUs;
    const { frameRate = DEFAULT_FRAME_RATE } = this.#options;
    let n = Math.floor(((untilUs - delayUs - sourceStartUs(i)) * frameRate) / 1e6 + 1e-6);
    // The k-th picture of the lower rate is the source's picture of that time.
    const rate = mine?.frameRate;
    if (rate) n = Math.ceil((Math.floor((n * rate) / frameRate + 1e-6) * frameRate) / rate - 1e-6);
    const frame = this.#sent[i]?.[n] as VideoFrame;
    this.#note(i, n, frame, shownUs);
    return frame;
  }

  #note(i: number, frameNumber: number, frame: VideoFrame, shownUs: number): void {
    const isInside = shownUs >= START_US && shownUs <= START_US + this.#options.seconds * 1e6;
    if (this.#lastShown.get(i) !== frame && isInside) {
      const id = this.#options.sources[i]?.participant.id ?? '';
      this.#truth[id] ??= [];
      this.#truth[id].push({ frameNumber, sentUs: frame.ptsUs, shownUs });
    }
    this.#lastShown.set(i, frame);
  }
}

function soundOf(viewer: number, { sources, seconds, injection = {}, audioCodec }: ConferenceOptions) {
  const voices = sources.flatMap((source, i) => {
    const mine = viewer === 0 ? injection : {};
    const own = i === viewer ? mine.ownVoiceDb : undefined;
    if ((i === viewer && own === undefined) || (i === 1 && mine.isMuted)) return [];
    const delayMs = (i === 1 ? mine.audioDelayMs : undefined) ?? DEFAULT_AUDIO_DELAY_MS;
    const gainDb = own ?? (i === 1 ? (mine.gainDb ?? 0) : 0);
    return [{ source, startedUs: sourceStartUs(i), delayMs, gainDb }];
  });
  return mixSound(voices, { fromUs: START_US - 500_000, toUs: START_US + seconds * 1e6 + 300_000, codec: audioCodec });
}
