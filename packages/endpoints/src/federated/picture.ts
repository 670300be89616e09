import { VideoDecoder, VideoEncoder } from '@plugfest/media';
import type { Clock, VideoFrame } from '@plugfest/model';
import {
  type CodedFrame,
  H264Depacketizer,
  H264UcPacketizer,
  JitterBuffer,
  packetizeH264,
  type RtpPacket,
  type RtpPayload,
} from '@plugfest/rtp';

export interface PictureOptions {
  readonly clock: Clock;
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  readonly bitrateBps: number;
  readonly packetizationMode: 0 | 1;
  /** Before each picture what it is, as Lync's H.264 has it. */
  readonly describesPictures: boolean;
  /** Each picture as it is shown. */
  readonly onShown: (frame: VideoFrame) => void;
  /** The decoder cannot go on without one. */
  readonly onKeyFrameNeeded: () => void;
}

/** A packet payload of the packetization mode without fragments must fit one packet whole. */
const MAX_SLICE_BYTES = 1150;
/** Asking more often than this would only make the sender's key frames worse. */
const KEY_FRAME_REQUEST_INTERVAL_US = 500_000;
const VIDEO_CLOCK_RATE_HZ = 90_000;

/** One call's H.264 video: pictures in, payloads out; packets in, what is shown out. */
export class Picture {
  readonly #options: PictureOptions;
  readonly #encoder: VideoEncoder;
  readonly #decoder = VideoDecoder.open({ codec: 'h264' });
  readonly #depacketizer = new H264Depacketizer();
  readonly #jitter = new JitterBuffer({ clockRateHz: VIDEO_CLOCK_RATE_HZ, pacing: 'immediate', delayMs: 40 });
  readonly #described: H264UcPacketizer;
  #keyFrameWanted = true;
  #requestedAtUs = Number.NEGATIVE_INFINITY;
  /** Since the last whole key frame something was lost: what is shown may be damaged. */
  #isBroken = false;

  constructor(options: PictureOptions) {
    this.#options = options;
    this.#described = new H264UcPacketizer(options);
    const { width, height, frameRate, bitrateBps, packetizationMode } = options;
    this.#encoder = VideoEncoder.open({
      codec: 'h264',
      width,
      height,
      frameRate,
      bitrateBps,
      ...(packetizationMode === 0 ? { maxSliceBytes: MAX_SLICE_BYTES } : {}),
    });
  }

  /** The next picture's payloads: one access unit for each entry. */
  encode(frame: VideoFrame): RtpPayload[][] {
    const coded = this.#encoder.encode(frame, { keyFrame: this.#keyFrameWanted });
    this.#keyFrameWanted = false;
    const { packetizationMode, describesPictures } = this.#options;
    return coded.map(({ data }) =>
      describesPictures ? this.#described.packetize(data) : packetizeH264(data, { packetizationMode }),
    );
  }

  /** The far end asked for a key frame. */
  wantKeyFrame(): void {
    this.#keyFrameWanted = true;
  }

  receive(packet: RtpPacket, arrivalUs: number): void {
    this.#jitter.push(packet, arrivalUs);
    this.tick();
  }

  /** Shows what is due; gives lost packets up when their time is over. */
  tick(): void {
    for (const item of this.#jitter.pop(this.#options.clock.nowUs())) {
      if (item.kind === 'packet') for (const coded of this.#depacketizer.push(item.packet)) this.#take(coded);
    }
    this.#askForKeyFrame();
  }

  close(): void {
    this.#encoder.close();
    this.#decoder.close();
  }

  #take({ data, keyFrame, lossBefore, complete }: CodedFrame): void {
    const faults = this.#decoder.faults;
    this.#show(data);
    const isDamaged = !complete || this.#decoder.faults > faults;
    if (isDamaged || (lossBefore && !keyFrame)) this.#isBroken = true;
    else if (keyFrame) this.#isBroken = false;
  }

  #show(data: Uint8Array): void {
    const ptsUs = this.#options.clock.nowUs();
    for (const picture of this.#decoder.decode(data, ptsUs)) {
      this.#options.onShown({ ...picture.toFrame(), ptsUs });
      picture.release();
    }
  }

  /** Asks until a whole one came: a request can get lost too. */
  #askForKeyFrame(): void {
    const nowUs = this.#options.clock.nowUs();
    if (!this.#isBroken || nowUs - this.#requestedAtUs < KEY_FRAME_REQUEST_INTERVAL_US) return;
    this.#requestedAtUs = nowUs;
    this.#options.onKeyFrameNeeded();
  }
}
