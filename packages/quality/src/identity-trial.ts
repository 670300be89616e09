import {
  Compositor,
  type ParticipantSource,
  readCodeStrip,
  type VideoCodecName,
  VideoDecoder,
  VideoEncoder,
} from '@plugfest/media';
import { FRAME_NUMBER_MODULUS, type Random, type Rect, SENT_MS_MODULUS, type VideoFrame } from '@plugfest/model';
import { RtpVideoLine } from './rtp-video-line.ts';

const FRAME_RATE = 15;
const SOURCE_BITRATE_BPS = 300_000;
/** What is asked for after a loss is there so many pictures later: 200 ms. */
const REPAIR_PICTURES = 3;

/** What is shown to a viewer, and how hard it is to read. */
export interface IdentityTrial {
  readonly sources: readonly ParticipantSource[];
  readonly codec: VideoCodecName;
  readonly size: { readonly width: number; readonly height: number };
  /** One a source. */
  readonly rects: readonly Rect[];
  readonly bitrateBps: number;
  readonly pictures: number;
  /** RTP packets that the viewer does not get, and where the dice come from. */
  readonly loss?: { readonly ratio: number; readonly random: Random };
  /** Tiles that count; all where absent. */
  readonly counted?: readonly number[];
}

/** `read`: a code was read. `wrong`: of these, no code that this seat's participant sent, or not the one shown where nothing was lost. */
export interface IdentityCount {
  readonly shown: number;
  readonly read: number;
  readonly wrong: number;
}

/** Codes every source, composes and labels, codes again, sends it as RTP, decodes what arrives and reads who is in each tile. */
export function tryIdentity(trial: IdentityTrial): IdentityCount {
  const { codec, size, bitrateBps, loss } = trial;
  const senders = trial.sources.map((source) => new CodedSender(source, codec));
  const compositor = new Compositor(size);
  using encoder = VideoEncoder.open({ codec, ...size, frameRate: FRAME_RATE, bitrateBps });
  using decoder = VideoDecoder.open({ codec });
  const line = new RtpVideoLine(codec, loss);
  const count = { shown: 0, read: 0, wrong: 0 };
  let repairAt = Number.POSITIVE_INFINITY;
  for (let n = 0; n < trial.pictures; n++) {
    const frames = senders.map((sender) => sender.frameAt(n));
    const composed = frames.length === 1 ? (frames[0] as VideoFrame) : compositor.compose(tilesOf(trial, frames));
    const keyFrame = n >= repairAt;
    if (keyFrame) repairAt = Number.POSITIVE_INFINITY;
    for (const { data } of encoder.encode({ ...composed, ptsUs: sentUs(n) }, { keyFrame })) {
      const { arrived, isDamaged } = line.send(data, n);
      if (isDamaged && repairAt === Number.POSITIVE_INFINITY) repairAt = n + REPAIR_PICTURES;
      for (const picture of arrived.flatMap((each) => decoder.decode(each, sentUs(n)))) {
        countTiles(trial, picture.toFrame(), n, count);
        picture.release();
      }
    }
  }
  for (const sender of senders) sender.close();
  return count;
}

const sentUs = (n: number): number => Math.round(40_000_000 + (n * 1e6) / FRAME_RATE);

/** A source as the bridge gets it. */
class CodedSender {
  readonly #source: ParticipantSource;
  readonly #encoder: VideoEncoder;
  readonly #decoder: VideoDecoder;

  constructor(source: ParticipantSource, codec: VideoCodecName) {
    const { width, height } = source.participant.video;
    this.#source = source;
    const rate = { frameRate: FRAME_RATE, bitrateBps: SOURCE_BITRATE_BPS };
    this.#encoder = VideoEncoder.open({ codec, width, height, ...rate });
    this.#decoder = VideoDecoder.open({ codec });
  }

  frameAt(n: number): VideoFrame {
    const stamped = this.#source.stamped(n, sentUs(n));
    const pictures = this.#encoder.encode(stamped).flatMap(({ data, ptsUs }) => this.#decoder.decode(data, ptsUs));
    const frame = pictures.at(-1)?.toFrame() ?? stamped;
    for (const picture of pictures) picture.release();
    return frame;
  }

  close(): void {
    this.#encoder.close();
    this.#decoder.close();
  }
}

function tilesOf({ sources, rects }: IdentityTrial, frames: readonly VideoFrame[]) {
  return frames.map((frame, i) => ({
    frame,
    rect: rects[i] as Rect,
    label: sources[i]?.participant.name ?? '',
    speaking: i === 0,
  }));
}

function countTiles(trial: IdentityTrial, picture: VideoFrame, n: number, count: Record<keyof IdentityCount, number>) {
  for (const [seat, source] of trial.sources.entries()) {
    if (trial.counted && !trial.counted.includes(seat)) continue;
    count.shown++;
    const code = readCodeStrip(picture, trial.rects[seat]);
    if (!code) continue;
    count.read++;
    // Where packets were lost an older picture may stand there still: it must be one that was sent.
    const age = (((n - code.frameNumber) % FRAME_NUMBER_MODULUS) + FRAME_NUMBER_MODULUS) % FRAME_NUMBER_MODULUS;
    const sent = n - age;
    const isSent = sent >= 0 && code.sentMs === Math.floor(sentUs(sent) / 1000) % SENT_MS_MODULUS;
    const isShown = trial.loss !== undefined || age === 0;
    if (code.participant !== source.participant.number || !isSent || !isShown) count.wrong++;
  }
}
