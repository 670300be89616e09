import { type DecodedPicture, type EncodedFrame, VideoDecoder } from '@plugfest/media';
import type { Clock, VideoFrame } from '@plugfest/model';
import {
  type CodedFrame,
  JitterBuffer,
  REQUESTED_SOURCES,
  type RtpPacket,
  type RtpPayload,
  SendRate,
  usualEntry,
  type VideoDepacketizer,
  type VideoSourceRequest,
} from '@plugfest/rtp';
import { type NegotiatedMedia, RTP_PROFILES } from '@plugfest/sdp';
import type { StageTimes } from '../stage-times.ts';
import { Attention } from './attention.ts';
import { KeyFrameRequests } from './key-frame-requests.ts';
import { type LegOptions, receives, sends } from './leg-options.ts';
import { PictureQueue } from './picture-queue.ts';
import { RtpSession, type RtpSessionOptions } from './rtp-session.ts';
import { type VideoFormat, videoFormatOf } from './video-formats.ts';

const GAP_WAIT_MS = 60;
/** A Video Source Request may get lost. */
const SOURCE_INTERVAL_US = 200_000;
/** Packets kept to be sent again. */
const HISTORY = 512;
/** A picture that was not renewed for so long is no picture of now. */
const STALE_US = 5_000_000;
/** Larger pictures are not shown: scaling them would be at the cost of others. */
const MAX_PIXELS = 3840 * 2160;
/** What we let peers send. */
const RECEIVE_BITRATE_BPS = 2_000_000;

/** The least that a picture of a person is worth sending with. */
const MIN_BITRATE_BPS = 64_000;

export interface VideoLegOptions extends LegOptions {
  /** The viewer asked for a key frame. */
  readonly onKeyFrameRequest: () => void;
  /** For peers whose RTCP has no word for it: RFC 5168's INFO. */
  readonly requestBySignalling: () => void;
}

export interface VideoCounters {
  framesDecoded: number;
  keyFramesDecoded: number;
  framesSent: number;
  keyFramesSent: number;
  keyFramesAskedOfUs: number;
  resent: number;
}

/** A participant's picture: packets in, decoded pictures out to the compositor, and the composed view back. */
export class VideoLeg {
  readonly session: RtpSession;
  readonly counters: VideoCounters = {
    framesDecoded: 0,
    keyFramesDecoded: 0,
    framesSent: 0,
    keyFramesSent: 0,
    keyFramesAskedOfUs: 0,
    resent: 0,
  };
  readonly #clock: Clock;
  readonly #stages: StageTimes;
  #media: NegotiatedMedia;
  readonly #decoder: VideoDecoder;
  readonly #depacketizer: VideoDepacketizer;
  readonly #format: VideoFormat;
  readonly #packetize: (picture: Uint8Array) => RtpPayload[];
  readonly #jitter: JitterBuffer;
  /** By sequence number modulo its length. */
  readonly #history: (RtpPacket | undefined)[] = new Array(HISTORY).fill(undefined);
  readonly #sendRate: SendRate;
  readonly #requests = new KeyFrameRequests();
  readonly #attention = new Attention();
  readonly #requestBySignalling: () => void;
  /** By size; `of` is the picture that it was made of: for the next one its memory is used again. */
  readonly #scaled = new Map<string, { readonly frame: VideoFrame; readonly of: DecodedPicture }>();
  /** Decoded at the next tick: all sources in one go, while the decoder's code and tables are in the processor's caches, cost a tenth less. */
  #coded: { readonly frame: CodedFrame; readonly arrivalUs: number }[] = [];
  readonly #pictures = new PictureQueue<DecodedPicture>();
  #pictureAtUs = 0;
  /** A Lync client may say that nobody looks. */
  #isWatched = true;
  #sourceRequestId: number | undefined;
  #sourceAskedAtUs = Number.NEGATIVE_INFINITY;
  #faults = 0;

  /** @throws where the codec does not open */
  constructor({ media, requestBySignalling, onKeyFrameRequest, ...options }: VideoLegOptions) {
    this.#clock = options.clock;
    this.#stages = options.stages;
    this.#media = media;
    this.#requestBySignalling = requestBySignalling;
    this.#format = videoFormatOf(media.codec);
    this.#packetize = this.#format.openPacketizer(media.codec);
    this.#decoder = VideoDecoder.open({ codec: this.#format.codec });
    this.#depacketizer = this.#format.openDepacketizer();
    this.#jitter = new JitterBuffer({
      clockRateHz: media.codec.clockRateHz,
      pacing: 'immediate',
      delayMs: GAP_WAIT_MS,
    });
    this.#sendRate = new SendRate({ minBps: MIN_BITRATE_BPS, maxBps: describedLimitBps(media) });
    this.session = new RtpSession({
      ...options,
      codec: media.codec,
      bandwidthBps: media.bandwidthBps ?? RECEIVE_BITRATE_BPS,
      hasFeedbackProfile: RTP_PROFILES[media.profile].feedback,
      ...receiveLimitOf(media),
      sendRate: this.#sendRate,
      onPacket: (packet, arrivalUs) => this.#receive(packet, arrivalUs),
      onKeyFrameRequest: () => {
        this.counters.keyFramesAskedOfUs++;
        onKeyFrameRequest();
      },
      onVideoSourceRequest: (request) => this.#takeSourceRequest(request, onKeyFrameRequest),
      onLost: (sequenceNumbers) => this.#resend(sequenceNumbers),
      onGoodbye: () => this.#forget(),
    });
  }

  get media(): NegotiatedMedia {
    return this.#media;
  }

  /** A later agreement about the same codec on the same way: hold, resume, other feedback. */
  update(media: NegotiatedMedia): void {
    this.#media = media;
    this.session.resume();
    if (!receives(media)) this.#forget();
  }

  /** This tick's picture, scaled (once for each size), good for this tick; undefined where there is none of now. */
  pictureAt(width: number, height: number): VideoFrame | undefined {
    this.#look();
    const picture = this.#pictures.current;
    if (!picture) return undefined;
    const key = `${width}x${height}`;
    const known = this.#scaled.get(key);
    if (known?.of === picture) return known.frame;
    const frame = picture.scaleTo(width, height, known?.frame);
    this.#scaled.set(key, { frame, of: picture });
    return frame;
  }

  /** Of this tick's picture, as it came; undefined where there is none of now. */
  get pictureSize(): { readonly width: number; readonly height: number } | undefined {
    this.#look();
    const { width, height } = this.#pictures.current ?? {};
    return width === undefined || height === undefined ? undefined : { width, height };
  }

  get decodeFaults(): number {
    return this.#decoder.faults + this.#depacketizer.counters.incomplete + this.#depacketizer.counters.malformed;
  }

  get keyFrameRequests(): number {
    return this.#requests.count;
  }

  /** Whether the viewer can say that it needs a key frame. */
  get asksForKeyFrames(): boolean {
    return this.#media.feedback.pli || this.#media.feedback.fir;
  }

  /** The rate at which the viewer can be sent pictures, by its description and its reports. */
  get targetBps(): number {
    return Math.min(describedLimitBps(this.#media), this.#sendRate.targetBps(this.#clock.nowUs()));
  }

  get isSending(): boolean {
    return sends(this.#media) && this.#isWatched;
  }

  send({ data, ptsUs, keyFrame }: EncodedFrame): void {
    this.counters.framesSent++;
    if (keyFrame) this.counters.keyFramesSent++;
    this.#stages.measure('send', () => {
      for (const packet of this.session.send(this.#packetize(data), ptsUs)) {
        this.#history[packet.sequenceNumber % HISTORY] = packet;
      }
    });
  }

  /** Gives lost packets up, asks again for what is missing, moves on to the picture of this tick of the conference. */
  tick(periodUs: number): void {
    const nowUs = this.#clock.nowUs();
    // Who cannot be asked for a key frame is decoded all the time.
    if (this.asksForKeyFrames && this.#attention.turnsAway(nowUs)) this.#forget();
    if (this.#media.feedback.nack && this.#attention.isWatched)
      this.session.requestPackets(this.#jitter.missing(nowUs));
    this.#askForSource(nowUs);
    this.#drain(nowUs);
    this.#decodeArrived(nowUs);
    this.#pictures.tick(nowUs, periodUs);
    if (nowUs - this.#pictureAtUs > STALE_US) this.#forget();
  }

  close(): void {
    this.session.close();
    this.#forget();
    this.#decoder.close();
  }

  #receive(packet: RtpPacket, arrivalUs: number): void {
    if (!receives(this.#media) || packet.payloadType !== this.#media.codec.receivePayloadType) return;
    this.#requests.packetArrived(arrivalUs);
    this.#jitter.push(packet, arrivalUs);
    this.#drain(arrivalUs);
  }

  #drain(nowUs: number): void {
    for (const item of this.#jitter.pop(nowUs)) {
      if (item.kind !== 'packet') continue;
      for (const frame of this.#depacketizer.push(item.packet)) this.#coded.push({ frame, arrivalUs: nowUs });
    }
    this.#askWhereDamaged(nowUs);
  }

  #decodeArrived(nowUs: number): void {
    for (const { frame, arrivalUs } of this.#coded.splice(0)) this.#decode(frame, arrivalUs);
    this.#askWhereDamaged(nowUs);
  }

  #askWhereDamaged(nowUs: number): void {
    if (this.decodeFaults > this.#faults) this.#requests.damaged();
    this.#faults = this.decodeFaults;
    if (this.#attention.isWatched && this.#requests.isDue(nowUs)) this.#askForKeyFrame();
  }

  #look(): void {
    const nowUs = this.#clock.nowUs();
    if (!this.#attention.look(nowUs)) return;
    this.#requests.damaged();
    if (this.#requests.isDue(nowUs)) this.#askForKeyFrame();
  }

  #decode(frame: CodedFrame, arrivalUs: number): void {
    const { data, lossBefore, complete } = frame;
    if (lossBefore) this.#requests.damaged();
    if (!this.#attention.takes(frame)) return;
    if (!complete && !this.#format.concealsLoss) return;
    const pictures = this.#stages.measure('decode', () => this.#decoder.decode(data, arrivalUs));
    for (const picture of pictures) this.#take(picture, arrivalUs);
  }

  #take(picture: DecodedPicture, arrivalUs: number): void {
    this.counters.framesDecoded++;
    if (picture.keyFrame) this.counters.keyFramesDecoded++;
    this.#requests.decoded(picture.keyFrame);
    this.#pictureAtUs = arrivalUs;
    if (picture.width * picture.height > MAX_PIXELS) picture.release();
    else this.#pictures.push(picture, arrivalUs);
  }

  #forget(): void {
    this.#coded = [];
    this.#pictures.clear();
    this.#scaled.clear();
  }

  #askForKeyFrame(): void {
    const { pli, fir } = this.#media.feedback;
    if (pli || fir) this.session.requestKeyFrame(pli ? 'pli' : 'fir');
    else this.#requestBySignalling();
  }

  /** Who sends no picture unasked is asked until one comes: the same request each time. */
  #askForSource(nowUs: number): void {
    const { feedback, codec } = this.#media;
    if (!feedback.videoSource || this.session.receiver || !receives(this.#media)) return;
    if (nowUs - this.#sourceAskedAtUs < SOURCE_INTERVAL_US) return;
    this.#sourceAskedAtUs = nowUs;
    const limits = { maxWidth: 1280, maxHeight: 720, minBitrateBps: MIN_BITRATE_BPS };
    this.session.requestVideo(1, [usualEntry(codec.receivePayloadType, limits)]);
  }

  #takeSourceRequest({ requestId, requestedSource, keyFrame }: VideoSourceRequest, wantKeyFrame: () => void): void {
    if (!this.#media.feedback.videoSource || requestId === this.#sourceRequestId) return;
    this.#sourceRequestId = requestId;
    const wasWatched = this.#isWatched;
    this.#isWatched = requestedSource !== REQUESTED_SOURCES.none;
    if (this.#isWatched && (keyFrame || !wasWatched)) wantKeyFrame();
  }

  #resend(sequenceNumbers: readonly number[]): void {
    if (!this.#media.feedback.nack) return;
    for (const number of sequenceNumbers) {
      const packet = this.#history[number % HISTORY];
      if (packet?.sequenceNumber !== number) continue;
      this.counters.resent++;
      this.session.resend(packet);
    }
  }
}

/** What the viewer says that it takes: `b=`, H.264 level. */
function describedLimitBps({ bandwidthBps, codec }: NegotiatedMedia): number {
  return Math.min(bandwidthBps ?? Infinity, codec.h264?.maxBitrateBps ?? Infinity);
}

function receiveLimitOf({ feedback }: NegotiatedMedia): Pick<RtpSessionOptions, 'receiveLimit'> {
  const by = feedback.remb ? 'remb' : feedback.tmmbr ? 'tmmbr' : undefined;
  return by ? { receiveLimit: { bitrateBps: RECEIVE_BITRATE_BPS, by } } : {};
}
