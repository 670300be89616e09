import { JitterBuffer, type RtpPacket } from '@plugfest/rtp';

export interface PictureFeedOptions {
  readonly onPacket: (packet: RtpPacket) => void;
  /** Packets were given up: what follows cannot be decoded right. */
  readonly onLost: () => void;
}

const REORDER_MS = 40;
/** An access unit delimiter (RFC 6184 §5.6 as a single NAL unit packet; H.264 §7.3.2.4, any kind of slices). */
export const ACCESS_UNIT_DELIMITER = Uint8Array.of(0x09, 0xf0);

/**
 * Puts a room's video packets in order, and ends each picture by an access unit delimiter: a parser that must find the end by itself waits for the
 * next picture, which costs a picture's time.
 */
export class PictureFeed {
  readonly #options: PictureFeedOptions;
  readonly #jitter = new JitterBuffer({ clockRateHz: 90_000, pacing: 'immediate', delayMs: REORDER_MS });
  /** The packet of the picture that is not ended yet. */
  #open: RtpPacket | undefined;
  /** Delimiters so far: what follows counts on from them. */
  #added = 0;

  constructor(options: PictureFeedOptions) {
    this.#options = options;
  }

  push(packet: RtpPacket, arrivalUs: number): void {
    this.#jitter.push(packet, arrivalUs);
    this.tick(arrivalUs);
  }

  /** Gives gaps up whose time is over. */
  tick(nowUs: number): void {
    for (const item of this.#jitter.pop(nowUs)) {
      if (item.kind === 'packet') this.#pass(item.packet);
      else this.#options.onLost();
    }
  }

  #pass(packet: RtpPacket): void {
    // The last packet of the picture before was lost, and its marker with it.
    if (this.#open && this.#open.timestamp !== packet.timestamp) this.#end(this.#open);
    this.#open = packet;
    this.#emit(packet);
    if (packet.marker) this.#end(packet);
  }

  #end(last: RtpPacket): void {
    this.#open = undefined;
    this.#added++;
    this.#emit({ ...last, marker: false, csrcs: [], extension: undefined, payload: ACCESS_UNIT_DELIMITER });
  }

  #emit(packet: RtpPacket): void {
    this.#options.onPacket({ ...packet, sequenceNumber: (packet.sequenceNumber + this.#added) & 0xffff });
  }
}
