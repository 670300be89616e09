import { CaptureWriter, LiveSource, type ParticipantSource } from '@plugfest/media';
import type { AudioChunk, Clock, Random, Sabotage, Timer, VideoFrame } from '@plugfest/model';
import { usualEntry } from '@plugfest/rtp';
import type { NegotiatedMedia } from '@plugfest/sdp';
import { MediaLine } from './media-line.ts';
import type { MediaSetup } from './media-protocol.ts';
import { Picture } from './picture.ts';
import type { RtpSocket } from './rtp-socket.ts';
import { Sound } from './sound.ts';
import { VideoGate } from './video-gate.ts';

export interface CallMediaOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly source: ParticipantSource;
  readonly sabotage: readonly Sabotage[];
  readonly captureFile: string;
  readonly bitrateBps: number;
  readonly videoOnRequest: MediaSetup['videoOnRequest'];
  readonly audio: { readonly negotiated: NegotiatedMedia; readonly socket: RtpSocket; readonly ssrc: number };
  readonly video: { readonly negotiated: NegotiatedMedia; readonly socket: RtpSocket; readonly ssrc: number };
  readonly onStarted: (startedUs: number) => void;
}

const TICK_MS = 5;
/** What the client asks for. [M] */
const SHOWN = { maxWidth: 1280, maxHeight: 720, minBitrateBps: 64_000 };
/** If nothing could be shown by then, the far end's first key frame was missed. */
const FIRST_PICTURE_MS = 400;
/** Ten seconds. */
const MAX_EARLY = 500;
const CAPTURE_AUDIO = { sampleRateHz: 48_000, channels: 1 } as const;

/** What a client does with media once its call is answered: sends its source, shows and plays what comes, captures both. */
export class CallMedia {
  /** Resolves when a picture was shown and sound was played. */
  readonly ready: Promise<void>;
  readonly #clock: Clock;
  readonly #sound: Sound;
  readonly #picture: Picture;
  readonly #gate: VideoGate;
  readonly #audioLine: MediaLine;
  readonly #videoLine: MediaLine;
  readonly #live: LiveSource;
  readonly #captureFile: string;
  #capture: CaptureWriter | undefined;
  /** What was played before the first picture, whose size the capture needs. */
  #early: AudioChunk[] = [];
  #tick: Timer | undefined;
  #firstPicture: Timer | undefined;
  #shown = false;
  #played = false;
  #markReady = (): void => {};

  constructor(options: CallMediaOptions) {
    const { clock, random, source, audio, video } = options;
    this.#clock = clock;
    this.#captureFile = options.captureFile;
    this.ready = new Promise((resolve) => {
      this.#markReady = resolve;
    });
    const { codec } = audio.negotiated;
    if (codec.name !== 'g722' && codec.name !== 'pcmu' && codec.name !== 'pcma')
      throw new Error(`no ${codec.name} in this client`);
    this.#sound = new Sound({
      codec: codec.name,
      clockRateHz: codec.clockRateHz,
      clock,
      onPlayed: (chunk) => this.#capturePlayed(chunk),
    });
    const isLyncVideo = video.negotiated.codec.name === 'x-h264uc';
    this.#gate = new VideoGate({
      clock,
      patienceMs: isLyncVideo ? options.videoOnRequest?.patienceMs : undefined,
      onOpen: () => this.#picture.wantKeyFrame(),
    });
    this.#picture = new Picture({
      clock,
      ...source.participant.video,
      bitrateBps: options.bitrateBps,
      describesPictures: isLyncVideo,
      packetizationMode: video.negotiated.codec.h264?.packetizationMode ?? 1,
      onShown: (frame) => this.#captureShown(frame),
      onKeyFrameNeeded: () => this.#videoLine.requestKeyFrame(),
    });
    const shared = { clock, random, cname: `${source.participant.id}@plugfest.example` };
    this.#audioLine = new MediaLine({
      ...shared,
      ...audio,
      onPacket: (packet, arrivalUs) => this.#sound.receive(packet, arrivalUs),
    });
    this.#videoLine = new MediaLine({
      ...shared,
      ...video,
      onPacket: (packet, arrivalUs) => this.#picture.receive(packet, arrivalUs),
      onKeyFrameRequest: () => this.#picture.wantKeyFrame(),
      onVideoSourceRequest: (request) => this.#gate.take(request),
    });
    if (isLyncVideo && video.negotiated.feedback.videoSource)
      this.#videoLine.requestVideo([usualEntry(video.negotiated.codec.receivePayloadType, SHOWN)]);
    this.#live = LiveSource.start({
      source,
      clock,
      sabotage: options.sabotage,
      onVideo: (frame) => this.#sendVideo(frame),
      onAudio: (chunk) => this.#sendAudio(chunk),
    });
    options.onStarted(this.#live.startedUs);
    this.#firstPicture = clock.schedule(FIRST_PICTURE_MS, () => {
      if (!this.#shown) this.#videoLine.requestKeyFrame();
    });
    this.#scheduleTick();
  }

  /** Ends media and completes the capture; undefined where nothing was shown. */
  async close(): Promise<{ readonly droppedFrames: number } | undefined> {
    this.#tick?.cancel();
    this.#firstPicture?.cancel();
    this.#live.stop();
    this.#gate.close();
    this.#audioLine.close();
    this.#videoLine.close();
    this.#sound.close();
    this.#picture.close();
    await this.#capture?.close();
    return this.#capture && { droppedFrames: this.#capture.droppedFrames };
  }

  #sendVideo(frame: VideoFrame): void {
    if (!this.#gate.isOpen) return;
    for (const payloads of this.#picture.encode(frame)) this.#videoLine.send(payloads, frame.ptsUs);
  }

  #sendAudio(chunk: AudioChunk): void {
    for (const payload of this.#sound.encode(chunk)) this.#audioLine.send([{ payload, marker: false }], chunk.ptsUs);
  }

  #captureShown(frame: VideoFrame): void {
    this.#shown = true;
    this.#capture ??= this.#openCapture(frame);
    this.#capture.writeVideo(frame);
    if (this.#played) this.#markReady();
  }

  #openCapture({ width, height }: VideoFrame): CaptureWriter {
    const capture = CaptureWriter.open(this.#captureFile, { video: { width, height }, audio: CAPTURE_AUDIO });
    for (const chunk of this.#early) capture.writeAudio(chunk);
    this.#early = [];
    return capture;
  }

  #capturePlayed(chunk: AudioChunk): void {
    this.#played = true;
    if (this.#capture) this.#capture.writeAudio(chunk);
    else if (this.#early.length < MAX_EARLY) this.#early.push(chunk);
    if (this.#shown) this.#markReady();
  }

  #scheduleTick(): void {
    this.#tick = this.#clock.schedule(TICK_MS, () => {
      this.#sound.tick();
      this.#picture.tick();
      this.#scheduleTick();
    });
  }
}
