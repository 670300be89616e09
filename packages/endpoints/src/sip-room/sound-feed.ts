import { JitterBuffer, type RtpPacket, timestampDistance } from '@plugfest/rtp';

export interface SoundFeedOptions {
  readonly clockRateHz: number;
  /** The run's time that `FIRST_TIMESTAMP` stands for. */
  readonly originUs: number;
  /** A packet with its timestamp on the run's clock. */
  readonly onPlayed: (packet: RtpPacket) => void;
}

/** Not zero: ffmpeg takes that for “none yet”. */
export const FIRST_TIMESTAMP = 1_000_000;
/** Sound is played this long after it could be at the earliest. It stays so: a delay that follows the jitter would tear speech apart. */
const DELAY_MS = 30;
/** What comes later than this after its turn is not played. */
const LATE_US = 20_000;
/** Packets go on without a seam where the play-out time drifts less than that. */
const SEAM_US = 12_000;

interface Played {
  /** The sender's and ours. */
  readonly sent: number;
  readonly played: number;
}

/**
 * A room's play-out of sound: puts packets in order, decides when each is heard, and writes that time into its RTP timestamp. So the decoder behind it needs no clock: its times are
 * play-out times to the sample, whatever its own process is held up by. A packet that is lost or late leaves a gap.
 */
export class SoundFeed {
  readonly #options: SoundFeedOptions;
  readonly #jitter: JitterBuffer;
  #last: Played | undefined;

  constructor(options: SoundFeedOptions) {
    this.#options = options;
    this.#jitter = new JitterBuffer({
      clockRateHz: options.clockRateHz,
      pacing: 'playout',
      delayMs: DELAY_MS,
    });
  }

  push(packet: RtpPacket, arrivalUs: number): void {
    this.#jitter.push(packet, arrivalUs);
  }

  /** Plays what is due. */
  tick(nowUs: number): void {
    for (let dueUs = this.#jitter.nextReleaseUs(); dueUs !== undefined && dueUs <= nowUs; ) {
      for (const item of this.#jitter.pop(dueUs)) {
        if (item.kind === 'packet' && item.arrivalUs - dueUs <= LATE_US) this.#play(item.packet, dueUs);
      }
      dueUs = this.#jitter.nextReleaseUs();
    }
  }

  #play(packet: RtpPacket, dueUs: number): void {
    const timestamp = this.#timestampOf(packet, dueUs);
    this.#last = { sent: packet.timestamp, played: timestamp };
    this.#options.onPlayed({ ...packet, timestamp: timestamp >>> 0 });
  }

  /** On the run's clock, not wrapped. */
  #timestampOf({ timestamp }: RtpPacket, dueUs: number): number {
    const { clockRateHz, originUs } = this.#options;
    const wanted = FIRST_TIMESTAMP + Math.round(((dueUs - originUs) * clockRateHz) / 1e6);
    if (!this.#last) return wanted;
    const next = this.#last.played + timestampDistance(this.#last.sent, timestamp);
    const isSeamless = Math.abs(next - wanted) <= (SEAM_US * clockRateHz) / 1e6 && next > this.#last.played;
    return isSeamless ? next : Math.max(wanted, this.#last.played + 1);
  }
}
