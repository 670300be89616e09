import { DelayBasedRate, type RtpPacket, SentTransportPackets, type TransportFeedback } from '@plugfest/rtp';
import { RateMeter } from './rate-meter.ts';

/** RTP with the number, SRTP's tag, UDP and IPv4. */
const OVERHEAD_BYTES = 12 + 8 + 10 + 28;
/** Short, so that a share is known soon. */
const WINDOW_US = 500_000;
/** Until something was sent: pictures in long packets. */
const USUAL_PAYLOAD_SHARE = 0.9;

/** An m-line, as far as it takes part in the rate of its transport. */
export interface PathUser {
  /** What its payloads may have, infinite where nothing is known against it; undefined where it sends what it sends. */
  readonly onPathRate: ((bitrateBps: number) => void) | undefined;
}

interface Use {
  readonly payload: RateMeter;
  /** With all headers. */
  readonly total: RateMeter;
}

/** The estimate of what a transport bears, and what each of its m-lines may have of that. @see draft-ietf-rmcat-gcc-02 */
export class PathRate {
  readonly #packets = new SentTransportPackets();
  readonly #estimate = new DelayBasedRate();
  readonly #uses = new Map<PathUser, Use>();

  /** The number that a packet goes with. */
  number(user: PathUser, { payload }: RtpPacket, nowUs: number): number {
    const use = this.#uses.get(user) ?? { payload: new RateMeter(WINDOW_US), total: new RateMeter(WINDOW_US) };
    this.#uses.set(user, use);
    const bytes = payload.length + OVERHEAD_BYTES;
    use.payload.add(payload.length, nowUs);
    use.total.add(bytes, nowUs);
    return this.#packets.send(bytes, nowUs);
  }

  /** What was numbered since is on its way now. */
  departed(nowUs: number): void {
    this.#packets.departed(nowUs);
  }

  take(feedback: TransportFeedback, nowUs: number): void {
    this.#estimate.take(this.#packets.take(feedback), nowUs);
    const { bitrateBps = Infinity } = this.#estimate;
    for (const [user, use] of this.#uses) user.onPathRate?.(this.#shareBps(bitrateBps, user, use, nowUs));
  }

  /** What the others leave, and at least as much as each other that can do with less. */
  #shareBps(bitrateBps: number, user: PathUser, { payload, total }: Use, nowUs: number): number {
    let [othersBps, fixedBps, adaptive] = [0, 0, 1];
    for (const [other, { total: theirs }] of this.#uses) {
      if (other === user) continue;
      othersBps += theirs.bitrateBps(nowUs);
      if (other.onPathRate) adaptive++;
      else fixedBps += theirs.bitrateBps(nowUs);
    }
    const shareBps = Math.max(bitrateBps - othersBps, (bitrateBps - fixedBps) / adaptive, 0);
    const totalBps = total.bitrateBps(nowUs);
    return shareBps * (totalBps === 0 ? USUAL_PAYLOAD_SHARE : payload.bitrateBps(nowUs) / totalBps);
  }
}
