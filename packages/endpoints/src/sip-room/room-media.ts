import { LiveSource } from '@plugfest/media';
import type { Clock, Timer } from '@plugfest/model';
import { NAL } from '@plugfest/rtp';
import type { NegotiatedMedia } from '@plugfest/sdp';
import type { EndpointContext } from '../endpoint.ts';
import { MediaLine, type MediaLineOptions } from '../federated/media-line.ts';
import type { RtpSocket } from '../federated/rtp-socket.ts';
import { pressKeys } from './key-presses.ts';
import { RoomReceiver } from './room-receiver.ts';
import { RoomSabotage } from './room-sabotage.ts';
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

const PACKET_US = 20_000;
const STAP_A = 24;

/** What the room sends at the moment. */
interface Sending {
  isHeld: boolean;
  /** Time of the latest sound. */
  soundUs: number;
  /** Time of the key that is pressed: no sound is sent meanwhile. */
  keyUs?: number | undefined;
  /** Set after a hold: pictures that build on some that nobody was sent are left out until the next key frame, which comes each second. */
  onKeyFrame?: (() => void) | undefined;
}

/** Whether a picture's packet can be made something of by who has not had all before. */
function isDecodable(sending: Sending, payload: Uint8Array): boolean {
  if (!sending.onKeyFrame) return true;
  if (!beginsKeyFrame(payload)) return false;
  sending.onKeyFrame();
  sending.onKeyFrame = undefined;
  return true;
}

/** With its parameter sets, alone or in an aggregate. @see RFC 6184 §5.7.1 */
function beginsKeyFrame([first = 0, , , inner = 0]: Uint8Array): boolean {
  const type = first & 0x1f;
  return type === NAL.sps || (type === STAP_A && (inner & 0x1f) === NAL.sps);
}

interface Parts {
  readonly options: RoomMediaOptions;
  readonly sound: MediaLine;
  readonly sending: Sending;
  readonly requests: KeyFrameRequests;
  readonly broken: RoomSabotage;
}

/** A room's media while its call stands: camera and microphone, screen and loudspeaker, capture and reports. */
export class RoomMedia implements AsyncDisposable {
  /** Resolves when a picture was shown and sound is played steadily. */
  readonly ready: Promise<void>;
  readonly #parts: Parts;
  readonly #resources: AsyncDisposableStack;

  private constructor(ready: Promise<void>, parts: Parts, resources: AsyncDisposableStack) {
    this.ready = ready;
    this.#parts = parts;
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
    const broken = new RoomSabotage(sabotage);
    const line = (agreed: AgreedLine, about: Pick<MediaLineOptions, 'onPacket' | 'alter'>): MediaLine =>
      opening.adopt(
        new MediaLine({ ...shared, ...agreed, ssrc: 1 + (random.uint32() % 0xffff_fffe), ...about }),
        (one) => one.close(),
      );
    const sound = line(audio, {
      onPacket: (packet, arrivalUs) => receiver.receiveSound(packet, arrivalUs),
      alter: (packet) => broken.alterSound(packet),
    });
    const pictures = line(video, {
      onPacket: (packet, arrivalUs) => receiver.receivePicture(packet, arrivalUs),
      alter: (packet) => broken.alterPicture(packet),
    });
    const sending: Sending = { isHeld: false, soundUs: 0 };
    const sender = opening.use(
      await RoomSender.open(
        {
          ...{ ffmpeg, host, bitrateBps, size: plan.video, ...codecs },
          onVideo: (payload, ptsUs) => {
            if (!sending.isHeld && isDecodable(sending, payload.payload)) pictures.send([payload], ptsUs);
          },
          onAudio: (payload, ptsUs) => {
            sending.soundUs = ptsUs;
            if (!sending.isHeld && sending.keyUs === undefined) sound.send([payload], ptsUs);
          },
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
    return new RoomMedia(ready, { options, sound, sending, requests, broken }, opening.move());
  }

  /** What was agreed anew is what was agreed before. */
  renegotiated(): void {
    this.#parts.broken.renegotiated();
  }

  /** Nothing is sent while it is held. */
  hold(): void {
    this.#parts.sending.isHeld = true;
  }

  /** Resolves when a picture is sent that the far end can decode. */
  async resume(): Promise<void> {
    const { sending, requests, broken } = this.#parts;
    const { promise, resolve } = Promise.withResolvers<void>();
    broken.resumed();
    sending.onKeyFrame = resolve;
    sending.isHeld = false;
    requests.ask();
    await promise;
  }

  /** In place of sound. @throws where no telephone-events were agreed on */
  async pressKeys(keys: string): Promise<void> {
    const { options, sound, sending, broken } = this.#parts;
    const events = options.audio.negotiated.telephoneEvent;
    if (!events) throw new Error('the far end takes no telephone-events: its answer has none');
    let pressed = -1;
    try {
      await pressKeys(keys, {
        clock: options.context.clock,
        clockRateHz: events.clockRateHz * broken.eventClockFactor,
        send: (payload, key) => {
          if (key !== pressed) sending.keyUs = sending.soundUs + PACKET_US;
          pressed = key;
          sound.send([payload], sending.keyUs ?? 0, events.payloadType);
        },
      });
    } finally {
      sending.keyUs = undefined;
    }
  }

  /** Stops sending, then finishes the capture. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#parts.sending.onKeyFrame?.();
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
