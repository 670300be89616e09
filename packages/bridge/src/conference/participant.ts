import type { Clock, LayoutName, Random } from '@plugfest/model';
import type { Session } from '@plugfest/sip-node';
import type { LegClass } from '../admission/leg-class.ts';
import { AudioLeg } from '../leg/audio-leg.ts';
import type { Agreed, AgreedLine, CallMedia } from '../leg/call-media.ts';
import type { FloorLink } from '../leg/floor-link.ts';
import { receives } from '../leg/leg-options.ts';
import { VideoLeg } from '../leg/video-leg.ts';
import type { StageTimes } from '../stage-times.ts';
import { DigitCollector, type DigitWay } from './digit-collector.ts';
import type { Role } from './door.ts';

/** What can be broken on purpose for one participant. */
export const BRIDGE_SABOTAGES = ['wrong-tile', 'own-voice', 'one-way'] as const;
export type BridgeSabotage = (typeof BRIDGE_SABOTAGES)[number];

/** What a conference needs of the signalling of somebody in it, SIP or not. */
export type ParticipantSession = Pick<Session, 'callId' | 'state' | 'bye'>;

/** By what somebody is there. Who came by SIP speaks and looks on in one session; by WHIP it only speaks, by WHEP it only looks on. */
export type Signalling = 'sip' | 'whip' | 'whep';

export interface ParticipantOptions {
  readonly id: string;
  readonly uri: string;
  readonly displayName: string;
  readonly legClass: LegClass;
  readonly signalling: Signalling;
  readonly session: ParticipantSession;
  readonly media: CallMedia;
  readonly clock: Clock;
  readonly random: Random;
  readonly stages: StageTimes;
  /** Says something within the call; absent where the peer takes no INFO requests. */
  readonly inform: ((contentType: string, body: Uint8Array) => Promise<unknown>) | undefined;
  /** A pressed key, once whichever way it comes. */
  readonly onDigit: (digit: string) => void;
  readonly onKeyFrameRequest: () => void;
  /** The same for the second stream. */
  readonly onSlideRequest: () => void;
}

/** RFC 5168: the picture's refresh by signalling, for peers whose RTCP has no word for it. */
const PICTURE_FAST_UPDATE =
  '<?xml version="1.0" encoding="utf-8"?><media_control><vc_primitive><to_encoder><picture_fast_update/></to_encoder></vc_primitive></media_control>';

/** Somebody in a conference: a call, and its sound and picture as far as they were agreed. */
export class Participant {
  readonly id: string;
  readonly uri: string;
  readonly displayName: string;
  readonly legClass: LegClass;
  readonly signalling: Signalling;
  readonly session: ParticipantSession;
  readonly sabotages = new Set<BridgeSabotage>();
  role: Role = 'host';
  muted = false;
  /** In place of the conference's, in what this participant is sent. */
  layout: LayoutName | undefined;
  /** Whether it is sent its own picture among the others. */
  selfView = false;
  audio: AudioLeg | undefined;
  video: VideoLeg | undefined;
  /** Its second stream, of what somebody shows. */
  slides: VideoLeg | undefined;
  readonly #options: ParticipantOptions;
  readonly #digits = new DigitCollector();
  readonly #usedSsrcs = new Set<number>();
  #agreed: Agreed = {};

  constructor(options: ParticipantOptions) {
    this.#options = options;
    this.id = options.id;
    this.uri = options.uri;
    this.displayName = options.displayName;
    this.legClass = options.legClass;
    this.signalling = options.signalling;
    this.session = options.session;
  }

  /** Starts what was agreed. A later agreement replaces only the lines whose codec or transport changed, and ends those that are gone. @throws where a codec does not open */
  agree(agreed: Agreed): void {
    this.audio = this.#agreeOn('audio', this.audio, agreed.audio, (line) => this.#openAudio(line));
    const { onKeyFrameRequest, onSlideRequest } = this.#options;
    this.video = this.#agreeOn('video', this.video, agreed.video, (line) => this.#openVideo(line, onKeyFrameRequest));
    this.slides = this.#agreeOn('slides', this.slides, agreed.slides, (line) => this.#openVideo(line, onSlideRequest));
    this.#agreed = agreed;
  }

  get codecs(): { audio: string | null; video: string | null } {
    return {
      audio: this.#agreed.audio?.media.codec.encodingName ?? null,
      video: this.#agreed.video?.media.codec.encodingName ?? null,
    };
  }

  /** Its way to ask for the floor, where it has one. */
  get floor(): FloorLink | undefined {
    return this.#options.media.floor;
  }

  get security(): 'none' | 'sdes' | 'dtls-srtp' {
    const media = this.#agreed.audio?.media ?? this.#agreed.video?.media;
    return media?.dtls ? 'dtls-srtp' : media?.crypto ? 'sdes' : 'none';
  }

  /** A key that the peer pressed, as one of two ways says. */
  press(digit: string, way: DigitWay): void {
    if (this.#digits.take(digit, way, this.#options.clock.nowUs())) this.#options.onDigit(digit);
  }

  /** Presses keys for the peer, as it takes them: telephone-events, else by INFO. False where it takes neither. */
  pressForPeer(digits: string): boolean {
    if (this.audio?.press(digits)) return true;
    const { inform } = this.#options;
    if (!inform || this.session.state !== 'established') return false;
    void informOf(digits, inform);
    return true;
  }

  /** Packets that were not taken: from foreigners, not authentic, not RTP. */
  get refusedPackets(): number {
    const transports = new Set(Object.values(this.#agreed).map(({ transport }) => transport));
    return [...transports].reduce((sum, { refused }) => sum + refused, 0);
  }

  /** When RTP or RTCP came last; undefined before the first, and while the peer holds the call. */
  get heardAtUs(): number | undefined {
    const legs = [this.audio, this.video, this.slides].filter((leg) => leg !== undefined);
    if (!legs.some(({ media }) => receives(media))) return undefined;
    const times = legs.flatMap(({ session }) => session.heardAtUs ?? []);
    return times.length === 0 ? undefined : Math.max(...times);
  }

  async close(): Promise<void> {
    this.audio?.close();
    this.video?.close();
    this.slides?.close();
    this.audio = undefined;
    this.video = undefined;
    this.slides = undefined;
    await this.#options.media[Symbol.asyncDispose]();
  }

  #agreeOn<Leg extends AudioLeg | VideoLeg>(
    kind: keyof Agreed,
    leg: Leg | undefined,
    line: AgreedLine | undefined,
    open: (line: AgreedLine) => Leg,
  ): Leg | undefined {
    if (leg && line && !changed(this.#agreed[kind], line)) {
      leg.update(line.media);
      return leg;
    }
    leg?.close();
    return line && open(line);
  }

  #openAudio(line: AgreedLine): AudioLeg {
    return new AudioLeg({ ...this.#shared(line), onDigit: (digit) => this.press(digit, 'telephone-event') });
  }

  #openVideo(line: AgreedLine, onKeyFrameRequest: () => void): VideoLeg {
    return new VideoLeg({
      ...this.#shared(line),
      onKeyFrameRequest,
      requestBySignalling: () => this.#requestBySignalling(),
    });
  }

  /** A stream that begins anew needs a new SSRC: with the old one its sequence numbers would go back, which SRTP must not allow. */
  #shared(line: AgreedLine) {
    const { clock, random, stages, id } = this.#options;
    const isUsed = this.#usedSsrcs.has(line.ssrc);
    const [ssrc, rtxSsrc] = isUsed ? [random.uint32(), random.uint32()] : [line.ssrc, line.rtxSsrc];
    this.#usedSsrcs.add(ssrc);
    return { ...line, ssrc, rtxSsrc, clock, random, stages, cname: `${id}@plugfest.example` };
  }

  #requestBySignalling(): void {
    if (this.session.state === 'established') {
      void this.#options.inform?.('application/media_control+xml', Buffer.from(PICTURE_FAST_UPDATE));
    }
  }
}

async function informOf(digits: string, inform: NonNullable<ParticipantOptions['inform']>): Promise<void> {
  for (const digit of digits) {
    await inform('application/dtmf-relay', Buffer.from(`Signal=${digit}\r\nDuration=100\r\n`));
  }
}

function changed(before: AgreedLine | undefined, after: AgreedLine): boolean {
  return (
    before?.transport !== after.transport ||
    before.media.codec.name !== after.media.codec.name ||
    before.media.codec.payloadType !== after.media.codec.payloadType ||
    before.media.codec.receivePayloadType !== after.media.codec.receivePayloadType ||
    before.media.codec.rtx?.payloadType !== after.media.codec.rtx?.payloadType ||
    before.media.codec.rtx?.receivePayloadType !== after.media.codec.rtx?.receivePayloadType ||
    before.media.codec.h264?.packetizationMode !== after.media.codec.h264?.packetizationMode
  );
}
