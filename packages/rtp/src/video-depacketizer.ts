import type { RtpPacket } from './rtp-packet.ts';
import { sequenceDistance } from './sequence-number.ts';

/** A whole coded picture out of RTP. */
export interface CodedFrame {
  /** H.264: an Annex B access unit; VP8: the frame. What arrived, where it is not complete. */
  readonly data: Uint8Array;
  readonly timestamp: number;
  readonly keyFrame: boolean;
  /** False: packets of it were lost. Decoding it shows damage; better ask for a key frame. */
  readonly complete: boolean;
  /** Packets right before the first one of this frame were lost: it may refer to what never came, or have lost its parameter sets. */
  readonly lossBefore: boolean;
  /** H.264: SPS and PPS came with it or before it. Always true for VP8. */
  readonly hasParameterSets: boolean;
}

export interface DepacketizerCounters {
  /** Payloads that break their format's rules, dropped. */
  malformed: number;
  /** Pictures of which packets were lost. */
  incomplete: number;
}

/** Feed it in sequence order, as a JitterBuffer gives; it sees gaps by sequence numbers. */
export interface VideoDepacketizer {
  /** 0, 1 or 2 pictures: a packet can end the picture before it and be one itself. */
  push(packet: RtpPacket): CodedFrame[];
  readonly counters: Readonly<DepacketizerCounters>;
}

/** What a payload format adds to the frame-building that all formats share. */
export interface PayloadFormat {
  /** Takes one payload into the picture that is being built; false where the payload or what was begun cannot be used. */
  add(payload: Uint8Array): boolean;
  /** Whether this payload is the first of a picture as far as it shows. */
  startsPicture(payload: Uint8Array): boolean;
  /** Something before the next payload is missing. */
  lost(): void;
  /** Ends the picture; undefined where there is nothing in it. */
  take(): Pick<CodedFrame, 'data' | 'keyFrame' | 'hasParameterSets'> | undefined;
}

interface Picture {
  readonly timestamp: number;
  readonly lossBefore: boolean;
  isDamaged: boolean;
}

/** Builds pictures from packets: one timestamp is one picture, the marker ends it, a gap in the numbers damages it. */
export class FrameAssembler implements VideoDepacketizer {
  readonly #format: PayloadFormat;
  readonly counters: DepacketizerCounters = { malformed: 0, incomplete: 0 };
  #picture: Picture | undefined;
  #expected: number | undefined;

  constructor(format: PayloadFormat) {
    this.#format = format;
  }

  push(packet: RtpPacket): CodedFrame[] {
    const distance = this.#expected === undefined ? 0 : sequenceDistance(this.#expected, packet.sequenceNumber);
    if (distance < 0) return [];
    const isAfterGap = distance > 0;
    const isFirstEver = this.#expected === undefined;
    this.#expected = (packet.sequenceNumber + 1) & 0xffff;

    const frames: CodedFrame[] = [];
    if (isAfterGap) {
      this.#format.lost();
      if (this.#picture !== undefined) this.#picture.isDamaged = true;
    }
    if (this.#picture !== undefined && this.#picture.timestamp !== packet.timestamp) this.#finish(frames);
    // Between pictures servers send packets without a payload to keep a path open.
    if (packet.payload.length === 0) return frames;
    if (this.#picture === undefined) {
      const isHeadless = (isAfterGap || isFirstEver) && !this.#format.startsPicture(packet.payload);
      this.#picture = { timestamp: packet.timestamp, lossBefore: isAfterGap, isDamaged: isHeadless };
    }
    if (!this.#format.add(packet.payload)) {
      this.counters.malformed++;
      this.#picture.isDamaged = true;
    }
    if (packet.marker) this.#finish(frames);
    return frames;
  }

  #finish(frames: CodedFrame[]): void {
    const picture = this.#picture;
    const content = this.#format.take();
    this.#picture = undefined;
    if (picture === undefined) return;
    if (picture.isDamaged) this.counters.incomplete++;
    if (content === undefined) return;
    const { timestamp, lossBefore, isDamaged } = picture;
    frames.push({ ...content, timestamp, lossBefore, complete: !isDamaged });
  }
}
