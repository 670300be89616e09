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
import { mixSound } from './synthetic-sound.ts';

const FRAME_RATE = 15;
const START_US = 7_000_000_000;
/** Sources start before media are measured, each a little apart from the others. */
const sourceStartUs = (i: number): number => START_US - 3_000_000 - i * 137_000;

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
  /** Pictures a second instead of 15. */
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
  /** Viewers that have a capture; all where absent. */
  readonly viewers?: number;
  readonly injection?: Injection;
}

export interface SyntheticRun {
  readonly plan: Plan;
  readonly events: RunEvent[];
  /** Send-to-show delays of every first showing, of what the first viewer saw of each participant. */
  readonly delaysMs: Record<string, number[]>;
}

export const DEFAULT_VIDEO_DELAY_MS = 150;
export const DEFAULT_AUDIO_DELAY_MS = 120;

/** Writes captures of a conference under `dir`, as its viewers would: every source coded, composed, labelled, coded again. */
export async function synthesise(dir: string, options: ConferenceOptions): Promise<SyntheticRun> {
  const { sources, seconds, layout = 'equal-2x2', size = { width: 640, height: 360 } } = options;
  mkdirSync(join(dir, 'captures'), { recursive: true });
  const sent = sources.map((source, i) => codedSource(source, sourceStartUs(i), seconds + 4, options));
  const delaysMs: Record<string, number[]> = {};
  const viewers = sources.slice(0, options.viewers ?? sources.length);
  for (const [viewer, { participant }] of viewers.entries()) {
    const truth = viewer === 0 ? delaysMs : {};
    const path = join(dir, 'captures', `${participant.id}.mkv`);
    await writeCapture(path, viewer, { ...options, layout, size }, sent, truth);
  }
  return { plan: planOf(sources, seconds, layout, size), events: eventsOf(sources, seconds, layout), delaysMs };
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
  const key = JSON.stringify([id, video, startedUs, seconds, options.videoCodec, options.bitrateBps]);
  const frames = codedSources.get(key) ?? encodeSource(source, startedUs, seconds, options);
  codedSources.set(key, frames);
  return frames;
}

function encodeSource(
  source: ParticipantSource,
  startedUs: number,
  seconds: number,
  { videoCodec = 'h264', bitrateBps = 400_000 }: ConferenceOptions,
): VideoFrame[] {
  const { width, height } = source.participant.video;
  using encoder = VideoEncoder.open({ codec: videoCodec, width, height, frameRate: FRAME_RATE, bitrateBps });
  using decoder = VideoDecoder.open({ codec: videoCodec });
  return Array.from({ length: Math.ceil(seconds * FRAME_RATE) }, (_, n) => {
    const sentUs = Math.round(startedUs + (n * 1e6) / FRAME_RATE);
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
  truth: Record<string, number[]>,
): Promise<void> {
  const { size, seconds, videoCodec: codec = 'h264', bitrateBps = 600_000 } = options;
  const writer = CaptureWriter.open(path, { video: size, audio: { sampleRateHz: 48_000, channels: 1 } });
  const compositor = new Compositor(size);
  using encoder = VideoEncoder.open({ codec, ...size, frameRate: FRAME_RATE, bitrateBps });
  using decoder = VideoDecoder.open({ codec });
  const view = new View(viewer, options, sent, truth);
  const sound = soundOf(viewer, options);
  const [fromUs, toUs] = [START_US - 500_000, START_US + seconds * 1e6 + 300_000];
  for (let n = 0; fromUs + (n * 1e6) / FRAME_RATE < toUs; n++) {
    const shownUs = Math.round(fromUs + (n * 1e6) / FRAME_RATE);
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
  readonly #truth: Record<string, number[]>;
  readonly #rects: readonly Rect[];
  readonly #lastShown = new Map<number, VideoFrame>();

  constructor(
    viewer: number,
    options: ConferenceOptions & { layout: LayoutName; size: { width: number; height: number } },
    sent: readonly VideoFrame[][],
    truth: Record<string, number[]>,
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
    let n = Math.floor(((untilUs - delayUs - sourceStartUs(i)) * FRAME_RATE) / 1e6 + 1e-6);
    if (mine?.frameRate) n -= n % Math.round(FRAME_RATE / mine.frameRate);
    const frame = this.#sent[i]?.[n] as VideoFrame;
    this.#note(i, frame, shownUs);
    return frame;
  }

  #note(i: number, frame: VideoFrame, shownUs: number): void {
    const isInside = shownUs >= START_US && shownUs <= START_US + this.#options.seconds * 1e6;
    if (this.#lastShown.get(i) !== frame && isInside) {
      const id = this.#options.sources[i]?.participant.id ?? '';
      this.#truth[id] ??= [];
      this.#truth[id].push((shownUs - frame.ptsUs) / 1000);
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

function planOf(
  sources: readonly ParticipantSource[],
  seconds: number,
  layout: LayoutName,
  size: { width: number; height: number },
): Plan {
  return {
    version: 1,
    runId: 'synthetic',
    scenario: { id: 'synthetic', title: 'Synthetic', file: '', story: '' },
    seed: 1,
    createdAt: '2026-01-01T00:00:00Z',
    command: '',
    participants: sources.map(({ participant }) => participant),
    conference: { uri: 'sip:room@example.com', layout, ...size, frameRate: FRAME_RATE },
    mediaMs: seconds * 1000,
    expectations: [],
    variant: 'as-written',
    sabotage: [],
    environment: {},
  };
}

function eventsOf(sources: readonly ParticipantSource[], seconds: number, layout: LayoutName): RunEvent[] {
  const ids = sources.map(({ participant }) => participant.id);
  const each = (atUs: number, type: string, data: (i: number) => Record<string, unknown>): RunEvent[] =>
    ids.map((participant, i) => ({ atUs, type, participant, data: data(i) }));
  return [
    ...each(START_US - 3_500_000, 'participant.joined', () => ({})),
    ...each(START_US - 3_000_000, 'source.started', (i) => ({ startedUs: sourceStartUs(i) })),
    ...each(START_US - 2_500_000, 'view.changed', (i) => ({ layout, seats: ids.filter((_, other) => other !== i) })),
    { atUs: START_US, type: 'media.started', data: {} },
    { atUs: START_US + seconds * 1e6, type: 'media.stopped', data: {} },
  ];
}
