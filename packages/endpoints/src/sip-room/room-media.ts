import { LiveSource } from '@plugfest/media';
import type { Clock, Timer } from '@plugfest/model';
import type { NegotiatedMedia } from '@plugfest/sdp';
import type { EndpointContext } from '../endpoint.ts';
import { MediaLine } from '../federated/media-line.ts';
import type { RtpSocket } from '../federated/rtp-socket.ts';
import { RoomReceiver } from './room-receiver.ts';
import { RoomSender } from './room-sender.ts';

export interface AgreedLine {
  readonly negotiated: NegotiatedMedia;
  /** The port that the room's description names: everything is sent from it and received on it. */
  readonly socket: RtpSocket;
}

export interface RoomMediaOptions {
  readonly context: EndpointContext;
  readonly ffmpeg: string;
  readonly host: string;
  readonly bitrateBps: number;
  readonly audio: AgreedLine;
  readonly video: AgreedLine;
  /** An ffmpeg has ended by itself. */
  readonly onFault: (message: string) => void;
}

/** Asking more often would only make the far end's key frames worse. */
const KEY_FRAME_REQUEST_INTERVAL_MS = 400;

/** A room's media while its call stands: camera and microphone, screen and loudspeaker, capture and reports. */
export class RoomMedia implements AsyncDisposable {
  /** Resolves when a picture was shown and sound is played steadily. */
  readonly ready: Promise<void>;
  readonly #resources: AsyncDisposableStack;

  private constructor(ready: Promise<void>, resources: AsyncDisposableStack) {
    this.ready = ready;
    this.#resources = resources;
  }

  /** @throws PortsExhausted, SpawnFault */
  static async open(options: RoomMediaOptions): Promise<RoomMedia> {
    const { context, ffmpeg, host, bitrateBps, audio, video, onFault } = options;
    const { clock, random, plan, source, sabotage, workDir, captureFile, emit } = context;
    const codecs = { audio: audio.negotiated.codec, video: video.negotiated.codec };
    await using opening = new AsyncDisposableStack();
    const requests = opening.adopt(new KeyFrameRequests(clock, () => pictures.requestKeyFrame()), (r) => r.stop());
    const receiver = opening.use(
      await RoomReceiver.open({
        ...{ ffmpeg, host, workDir, captureFile, clock, ...codecs },
        onKeyFrameNeeded: () => requests.ask(),
        onFault,
      }),
    );
    const shared = { clock, random, cname: `${plan.id}@plugfest.example` };
    const line = (agreed: AgreedLine, onPacket: ConstructorParameters<typeof MediaLine>[0]['onPacket']): MediaLine =>
      opening.adopt(
        new MediaLine({ ...shared, ...agreed, ssrc: 1 + (random.uint32() % 0xffff_fffe), onPacket }),
        (one) => one.close(),
      );
    const sound = line(audio, (packet, arrivalUs) => receiver.receiveSound(packet, arrivalUs));
    const pictures = line(video, (packet, arrivalUs) => receiver.receivePicture(packet, arrivalUs));
    const sender = opening.use(
      await RoomSender.open(
        {
          ...{ ffmpeg, host, bitrateBps, size: plan.video, ...codecs },
          onVideo: (payload, ptsUs) => pictures.send([payload], ptsUs),
          onAudio: (payload, ptsUs) => sound.send([payload], ptsUs),
          onFault,
        },
        source.stamped(0, clock.nowUs()),
      ),
    );
    const live = LiveSource.start({
      source,
      clock,
      sabotage,
      onVideo: (frame) => sender.sendVideo(frame),
      onAudio: (chunk) => sender.sendAudio(chunk),
    });
    opening.defer(() => live.stop());
    emit('source.started', { startedUs: live.startedUs });
    requests.askUntil(receiver.firstPicture);
    const ready = Promise.all([receiver.firstPicture, receiver.steadySound]).then(() => {});
    return new RoomMedia(ready, opening.move());
  }

  /** Stops sending, then finishes the capture. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

/** When to ask the far end for a key frame: ffmpeg does not. */
class KeyFrameRequests {
  readonly #clock: Clock;
  readonly #request: () => void;
  #askedAtUs = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(clock: Clock, request: () => void) {
    this.#clock = clock;
    this.#request = request;
  }

  ask(): void {
    const nowUs = this.#clock.nowUs();
    if (nowUs - this.#askedAtUs < KEY_FRAME_REQUEST_INTERVAL_MS * 1000) return;
    this.#askedAtUs = nowUs;
    this.#request();
  }

  /** Again and again until there is a picture. */
  askUntil(shown: Promise<void>): void {
    void shown.then(() => this.stop());
    const again = (): void => {
      this.#timer = this.#clock.schedule(KEY_FRAME_REQUEST_INTERVAL_MS, () => {
        this.ask();
        again();
      });
    };
    again();
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
