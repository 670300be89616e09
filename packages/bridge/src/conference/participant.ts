import type { Clock, Random } from '@plugfest/model';
import type { Session } from '@plugfest/sip-node';
import { AudioLeg } from '../leg/audio-leg.ts';
import type { Agreed, CallMedia } from '../leg/call-media.ts';
import { VideoLeg } from '../leg/video-leg.ts';

/** What can be broken on purpose for one participant. */
export const BRIDGE_SABOTAGES = ['wrong-tile', 'own-voice', 'one-way'] as const;
export type BridgeSabotage = (typeof BRIDGE_SABOTAGES)[number];

export interface ParticipantOptions {
  readonly id: string;
  readonly uri: string;
  readonly displayName: string;
  readonly session: Session;
  readonly media: CallMedia;
  readonly clock: Clock;
  readonly random: Random;
  readonly onDigit: (digit: string) => void;
  readonly onKeyFrameRequest: () => void;
}

/** RFC 5168: the picture's refresh by signalling, for peers whose RTCP has no word for it. */
const PICTURE_FAST_UPDATE =
  '<?xml version="1.0" encoding="utf-8"?><media_control><vc_primitive><to_encoder><picture_fast_update/></to_encoder></vc_primitive></media_control>';

/** Somebody in a conference: a call, and its sound and picture as far as they were agreed. */
export class Participant {
  readonly id: string;
  readonly uri: string;
  readonly displayName: string;
  readonly session: Session;
  readonly sabotages = new Set<BridgeSabotage>();
  muted = false;
  audio: AudioLeg | undefined;
  video: VideoLeg | undefined;
  readonly #options: ParticipantOptions;
  #agreed: Agreed = {};

  constructor(options: ParticipantOptions) {
    this.#options = options;
    this.id = options.id;
    this.uri = options.uri;
    this.displayName = options.displayName;
    this.session = options.session;
  }

  /** Starts what was agreed; a later agreement replaces only the lines whose codec or transport changed. */
  agree(agreed: Agreed): void {
    const { clock, random, id, onDigit, onKeyFrameRequest } = this.#options;
    const shared = { clock, random, cname: `${id}@plugfest.example` };
    if (agreed.audio && changed(this.#agreed.audio, agreed.audio)) {
      this.audio?.close();
      this.audio = new AudioLeg({ ...shared, ...agreed.audio, onDigit });
    }
    if (agreed.video && changed(this.#agreed.video, agreed.video)) {
      this.video?.close();
      this.video = new VideoLeg({
        ...shared,
        ...agreed.video,
        onKeyFrameRequest,
        requestBySignalling: () => this.#requestBySignalling(),
      });
    }
    this.#agreed = agreed;
  }

  get codecs(): { audio: string | null; video: string | null } {
    return {
      audio: this.#agreed.audio?.media.codec.encodingName ?? null,
      video: this.#agreed.video?.media.codec.encodingName ?? null,
    };
  }

  get security(): 'none' | 'sdes' | 'dtls-srtp' {
    const media = this.#agreed.audio?.media ?? this.#agreed.video?.media;
    return media?.dtls ? 'dtls-srtp' : media?.crypto ? 'sdes' : 'none';
  }

  async close(): Promise<void> {
    this.audio?.close();
    this.video?.close();
    await this.#options.media[Symbol.asyncDispose]();
  }

  #requestBySignalling(): void {
    if (this.session.state === 'established') {
      void this.session.info('application/media_control+xml', Buffer.from(PICTURE_FAST_UPDATE));
    }
  }
}

function changed(before: Agreed['audio'], after: NonNullable<Agreed['audio']>): boolean {
  return (
    before?.transport !== after.transport ||
    before.media.codec.name !== after.media.codec.name ||
    before.media.codec.payloadType !== after.media.codec.payloadType ||
    before.media.codec.receivePayloadType !== after.media.codec.receivePayloadType
  );
}
