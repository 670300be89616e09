import { type DecodedPicture, type EncodedFrame, VideoDecoder } from '@plugfest/media';
import type { Clock } from '@plugfest/model';
import {
  H264Depacketizer,
  JitterBuffer,
  packetizeH264,
  type RtpPacket,
  type RtpPayload,
  type VideoDepacketizer,
  Vp8Depacketizer,
  Vp8Packetizer,
} from '@plugfest/rtp';
import type { NegotiatedMedia } from '@plugfest/sdp';
import { RtpSession, type RtpSessionOptions } from './rtp-session.ts';

const GAP_WAIT_MS = 60;
const KEY_FRAME_REQUEST_INTERVAL_US = 500_000;
/** Packets kept to be sent again. */
const HISTORY = 512;

export interface VideoLegOptions
  extends Omit<RtpSessionOptions, 'codec' | 'onPacket' | 'onKeyFrameRequest' | 'onLost'> {
  readonly media: NegotiatedMedia;
  /** The viewer asked for a key frame. */
  readonly onKeyFrameRequest: () => void;
  /** For peers whose RTCP has no word for it: RFC 5168's INFO. */
  readonly requestBySignalling: () => void;
}

/** A participant's picture: packets in, the newest decoded picture out to the compositor, and the composed view back. */
export class VideoLeg {
  readonly session: RtpSession;
  readonly codec: 'h264' | 'vp8';
  readonly #clock: Clock;
  readonly #media: NegotiatedMedia;
  readonly #decoder: VideoDecoder;
  readonly #depacketizer: VideoDepacketizer;
  readonly #vp8 = new Vp8Packetizer();
  readonly #jitter: JitterBuffer;
  readonly #history = new Map<number, RtpPacket>();
  readonly #requestBySignalling: () => void;
  #latest: DecodedPicture | undefined;
  #broken = 0;
  #requestedAtUs = Number.NEGATIVE_INFINITY;

  constructor({ media, requestBySignalling, ...options }: VideoLegOptions) {
    this.#clock = options.clock;
    this.#media = media;
    this.#requestBySignalling = requestBySignalling;
    this.codec = media.codec.name === 'vp8' ? 'vp8' : 'h264';
    this.#decoder = VideoDecoder.open({ codec: this.codec });
    this.#depacketizer = this.codec === 'vp8' ? new Vp8Depacketizer() : new H264Depacketizer();
    this.#jitter = new JitterBuffer({
      clockRateHz: media.codec.clockRateHz,
      pacing: 'immediate',
      delayMs: GAP_WAIT_MS,
    });
    this.session = new RtpSession({
      ...options,
      codec: media.codec,
      onPacket: (packet, arrivalUs) => this.#receive(packet, arrivalUs),
      onLost: (sequenceNumbers) => this.#resend(sequenceNumbers),
    });
  }

  /** The newest picture of this participant; stays ours. */
  get latest(): DecodedPicture | undefined {
    return this.#latest;
  }

  get decodeFaults(): number {
    return this.#decoder.faults + this.#depacketizer.counters.incomplete;
  }

  /** What has to be equal for two viewers to be served by one encoder. */
  get encodingKey(): string {
    return `${this.codec}${this.codec === 'h264' && this.#packetizationMode === 0 ? ' in slices' : ''}`;
  }

  /** Whether the viewer can say that it needs a key frame. */
  get asksForKeyFrames(): boolean {
    return this.#media.feedback.pli || this.#media.feedback.fir;
  }

  send({ data, ptsUs }: EncodedFrame): void {
    for (const packet of this.session.send(this.#packetize(data), ptsUs)) this.#remember(packet);
  }

  /** Gives lost packets up, asks again for what is missing. */
  tick(): void {
    const nowUs = this.#clock.nowUs();
    if (this.#media.feedback.nack) this.session.requestPackets(this.#jitter.missing(nowUs));
    this.#drain(nowUs);
  }

  close(): void {
    this.session.close();
    this.#latest?.release();
    this.#latest = undefined;
    this.#decoder.close();
  }

  get #packetizationMode(): 0 | 1 {
    return this.#media.codec.h264?.packetizationMode ?? 1;
  }

  #packetize(data: Uint8Array): RtpPayload[] {
    return this.codec === 'vp8'
      ? this.#vp8.packetize(data)
      : packetizeH264(data, { packetizationMode: this.#packetizationMode });
  }

  #receive(packet: RtpPacket, arrivalUs: number): void {
    if (packet.payloadType !== this.#media.codec.receivePayloadType) return;
    this.#jitter.push(packet, arrivalUs);
    this.#drain(arrivalUs);
  }

  #drain(nowUs: number): void {
    for (const item of this.#jitter.pop(nowUs)) {
      if (item.kind === 'packet')
        for (const coded of this.#depacketizer.push(item.packet)) this.#decode(coded.data, nowUs);
    }
    if (this.decodeFaults > this.#broken || (!this.#latest && this.session.receiver)) this.#askForKeyFrame(nowUs);
  }

  #decode(data: Uint8Array, nowUs: number): void {
    for (const picture of this.#decoder.decode(data, nowUs)) {
      this.#latest?.release();
      this.#latest = picture;
    }
  }

  #askForKeyFrame(nowUs: number): void {
    if (nowUs - this.#requestedAtUs < KEY_FRAME_REQUEST_INTERVAL_US) return;
    this.#requestedAtUs = nowUs;
    this.#broken = this.decodeFaults;
    const { pli, fir } = this.#media.feedback;
    if (pli) this.session.requestKeyFrame('pli');
    else if (fir) this.session.requestKeyFrame('fir');
    else this.#requestBySignalling();
  }

  #remember(packet: RtpPacket): void {
    if (!this.#media.feedback.nack) return;
    this.#history.set(packet.sequenceNumber, packet);
    const oldest = this.#history.keys().next();
    if (this.#history.size > HISTORY && !oldest.done) this.#history.delete(oldest.value);
  }

  #resend(sequenceNumbers: readonly number[]): void {
    for (const number of sequenceNumbers) {
      const packet = this.#history.get(number);
      if (packet) this.session.resend(packet);
    }
  }
}
