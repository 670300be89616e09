import { setTimeout as pause } from 'node:timers/promises';
import { AudioDecoder, AudioEncoder, Canvas, Compositor, type Tile } from '@plugfest/media';
import { type AudioChunk, type LayoutName, layoutTiles, type Rect } from '@plugfest/model';
import {
  AV_CODEC_FLAG_LOW_DELAY,
  AV_CODEC_ID_H264,
  AV_PIX_FMT_YUV420P,
  Codec,
  CodecContext,
  Frame,
  Packet,
  SoftwareScaleContext,
  SWS_BILINEAR,
} from 'node-av';
import { openEncoderContext } from '../../packages/media/src/video-encoder.ts';
import { type CodedPictures, codeSound, humOf, type PictureSize, TICKS_PER_SECOND } from './participant-media.ts';

export interface FloorOptions extends PictureSize {
  readonly layout: LayoutName;
  readonly participants: number;
  readonly viewBitrateBps: number;
  /** One view for all, encoded once; else everybody sees all others, each in an encode of its own. */
  readonly isShared: boolean;
  readonly seconds: number;
}

/** CPU-seconds for a second of conference. */
export interface Floor {
  readonly decode: number;
  readonly scale: number;
  readonly encode: number;
  readonly sound: number;
  readonly sum: number;
}

type Stage = 'decode' | 'scale' | 'encode' | 'sound';

/** Not counted: codecs and processor come up to speed. */
const WARM_UP_S = 1;

/**
 * The codec work of a conference and nothing else, through node-av, at the conference's own paces (in one go, with everything in the processor's caches, the same work is
 * cheaper, Opus by half, which no conference can have): each participant's picture decoded and scaled to its seat once, each distinct view encoded, and every 20 ms Opus in and
 * out for each. Laying the seats into the views is done, so that encoders see what a bridge's see, but not counted.
 */
export async function measureFloor(streams: readonly CodedPictures[], options: FloorOptions): Promise<Floor> {
  using codecs = new FloorCodecs(streams, options);
  const { frameRate, seconds } = options;
  const costsUs: Record<Stage, number> = { decode: 0, scale: 0, encode: 0, sound: 0 };
  const startMs = performance.now();
  for (let [pictures, sounds] = [0, 0]; pictures < frameRate * (seconds + WARM_UP_S); ) {
    const [pictureMs, soundMs] = [(pictures * 1000) / frameRate, (sounds * 1000) / TICKS_PER_SECOND];
    const dueMs = Math.min(pictureMs, soundMs);
    await pause(Math.max(0, startMs + dueMs - performance.now()));
    const timed = (stage: Stage, work: () => void): void => {
      const before = process.cpuUsage();
      work();
      const { user, system } = process.cpuUsage(before);
      if (dueMs >= WARM_UP_S * 1000) costsUs[stage] += user + system;
    };
    if (soundMs === dueMs) codecs.hear(sounds++, timed);
    else codecs.show(pictures++, timed);
  }
  const perSecond = (stage: Stage): number => costsUs[stage] / 1e6 / seconds;
  const [decode, scale, encode, sound] = [
    perSecond('decode'),
    perSecond('scale'),
    perSecond('encode'),
    perSecond('sound'),
  ];
  return { decode, scale, encode, sound, sum: decode + scale + encode + sound };
}

type Timed = (stage: Stage, work: () => void) => void;

/** All decoders, scalers and encoders of one conference. */
class FloorCodecs implements Disposable {
  readonly #streams: readonly CodedPictures[];
  readonly #options: FloorOptions;
  readonly #tiles: readonly Rect[];
  readonly #decoders: readonly CodecContext[];
  readonly #encoders: readonly CodecContext[];
  readonly #views: readonly Canvas[];
  readonly #seats: readonly Canvas[];
  readonly #compositor: Compositor;
  readonly #scaler = new SoftwareScaleContext();
  readonly #decoded = new Frame();
  readonly #packet = new Packet();
  readonly #sound: { readonly decoder: AudioDecoder; readonly encoder: AudioEncoder }[];
  readonly #hum = humOf(0);
  readonly #coded = codeSound(humOf(0));

  constructor(streams: readonly CodedPictures[], options: FloorOptions) {
    const { layout, participants, isShared, width, height, frameRate, viewBitrateBps: bitrateBps } = options;
    this.#streams = streams;
    this.#options = options;
    this.#tiles = layoutTiles(layout, width, height);
    const { width: seatWidth, height: seatHeight } = this.#tiles[0] as Rect;
    this.#scaler.getContext(width, height, AV_PIX_FMT_YUV420P, seatWidth, seatHeight, AV_PIX_FMT_YUV420P, SWS_BILINEAR);
    const each = Array.from({ length: participants });
    const views = isShared ? [0] : each;
    this.#decoders = each.map(openDecoder);
    this.#seats = each.map(() => new Canvas({ width: seatWidth, height: seatHeight }));
    this.#views = views.map(() => new Canvas({ width, height }));
    this.#compositor = new Compositor({ width, height });
    this.#encoders = views.map(() =>
      openEncoderContext({ codec: 'h264', width, height, frameRate, bitrateBps }, bitrateBps),
    );
    this.#sound = each.map(() => ({
      decoder: AudioDecoder.open({ codec: 'opus' }),
      encoder: AudioEncoder.open({ codec: 'opus' }),
    }));
    this.#decoded.alloc();
    this.#packet.alloc();
  }

  /** The n-th picture of each. */
  show(n: number, timed: Timed): void {
    for (const [k, decoder] of this.#decoders.entries()) {
      const { units } = this.#streams[k % this.#streams.length] as CodedPictures;
      timed('decode', () => this.#decode(decoder, units[n % units.length] as Buffer, n));
      // Whom nobody sees nobody scales.
      const isSeen = !this.#options.isShared || k < this.#tiles.length;
      timed('scale', () => {
        if (isSeen && this.#scaler.scaleFrameSync((this.#seats[k] as Canvas).frame, this.#decoded) < 0)
          throw new Error('not scaled');
      });
      this.#decoded.unref();
    }
    const tiles = this.#tilesOf();
    for (const [viewer, view] of this.#views.entries()) {
      this.#lay(tiles, view, viewer);
      view.frame.pts = BigInt(Math.round((n * 1e6) / this.#options.frameRate));
      timed('encode', () => this.#encode(this.#encoders[viewer] as CodecContext, view.frame));
    }
  }

  /** The n-th 20 ms of each. */
  hear(n: number, timed: Timed): void {
    const at = n % this.#hum.length;
    timed('sound', () => {
      for (const { decoder } of this.#sound) decoder.decode(this.#coded[at] as Uint8Array, 0);
      for (const { encoder } of this.#sound) encoder.encode(this.#hum[at] as AudioChunk);
    });
  }

  [Symbol.dispose](): void {
    for (const context of [...this.#decoders, ...this.#encoders]) context.freeContext();
    for (const canvas of [...this.#seats, ...this.#views]) canvas[Symbol.dispose]();
    this.#decoded.free();
    this.#packet.free();
    for (const { decoder, encoder } of this.#sound) {
      decoder.close();
      encoder.close();
    }
  }

  #decode(decoder: CodecContext, unit: Buffer, n: number): void {
    this.#packet.data = unit;
    this.#packet.pts = BigInt(n);
    const sent = decoder.sendPacketSync(this.#packet);
    this.#packet.unref();
    if (sent < 0 || decoder.receiveFrameSync(this.#decoded) < 0) throw new Error(`picture ${n} was not decoded`);
  }

  /** With the names and the border that a bridge draws: they cost an encoder something. */
  #tilesOf(): Tile[] {
    return this.#seats.map((seat, k) => ({
      rect: this.#tiles[0] as Rect,
      frame: seat.toFrame(),
      label: `feeder${k}`,
      speaking: k === 0,
    }));
  }

  /** All but the viewer, one after the other; a shared view shows everybody. */
  #lay(tiles: readonly Tile[], view: Canvas, viewer: number): void {
    const shown = tiles.filter((_, k) => this.#options.isShared || k !== viewer).slice(0, this.#tiles.length);
    this.#compositor.draw(
      shown.map((tile, at) => ({ ...tile, rect: this.#tiles[at] as Rect })),
      view,
    );
  }

  #encode(encoder: CodecContext, view: Frame): void {
    if (encoder.sendFrameSync(view) < 0) throw new Error('a view was not encoded');
    while (encoder.receivePacketSync(this.#packet) >= 0) this.#packet.unref();
  }
}

function openDecoder(): CodecContext {
  const codec = Codec.findDecoder(AV_CODEC_ID_H264);
  const context = new CodecContext();
  context.allocContext3(codec);
  context.threadCount = 1;
  context.setFlags(AV_CODEC_FLAG_LOW_DELAY);
  if (context.open2Sync(codec) < 0) throw new Error('no H.264 decoder');
  return context;
}
