import type { Sabotage } from '@plugfest/model';
import type { RtpPacket } from '@plugfest/rtp';

/** @see RFC 6184 §5.2, §5.7.1, §5.8 */
const NAL = { stapA: 24, stapB: 25, fuA: 28, fuB: 29, typeBits: 0x1f, startBit: 0x80 } as const;
/** Of G.722 the ear's rate is 16 kHz, but its RTP clock is 8 kHz (RFC 3551 §4.5.2): taking one for the other is an old mistake. */
const WRONG_EVENT_CLOCK = 2;

/** The mistakes that a room can be made to make in its call, each as a peer of the field makes it. */
export class RoomSabotage {
  readonly #kinds: ReadonlySet<string>;
  /** First timestamp of each stream that was sent. */
  readonly #first = new Map<number, number>();
  /** What is taken off the timestamps of each stream since it was resumed. */
  readonly #setBack = new Map<number, number>();
  #isRenegotiated = false;
  #isResumed = false;
  #decodingOrder = 0;

  constructor(sabotage: readonly Sabotage[]) {
    this.#kinds = new Set(sabotage.map(({ kind }) => kind));
  }

  /** By how much its telephone-events run too fast. */
  get eventClockFactor(): number {
    return this.#kinds.has('event-clock') ? WRONG_EVENT_CLOCK : 1;
  }

  renegotiated(): void {
    this.#isRenegotiated = true;
  }

  resumed(): void {
    this.#isResumed = true;
    this.#setBack.clear();
  }

  alterPicture(packet: RtpPacket): RtpPacket {
    const timed = this.alterSound(packet);
    if (!this.#kinds.has('h264-after-reinvite') || !this.#isRenegotiated) return timed;
    return { ...timed, payload: this.#interleaved(timed.payload) };
  }

  /** Resumed streams begin anew at the timestamp with which they began once. */
  alterSound(packet: RtpPacket): RtpPacket {
    if (!this.#kinds.has('timestamp-reset')) return packet;
    const first = this.#first.get(packet.ssrc) ?? packet.timestamp;
    this.#first.set(packet.ssrc, first);
    if (!this.#isResumed) return packet;
    const setBack = this.#setBack.get(packet.ssrc) ?? packet.timestamp - first;
    this.#setBack.set(packet.ssrc, setBack);
    return { ...packet, timestamp: (packet.timestamp - setBack) >>> 0 };
  }

  /** As in packetization mode 2, which nobody agreed on: the agreed parameters were forgotten with the new offer. */
  #interleaved(payload: Uint8Array): Uint8Array {
    const [indicator = 0, second = 0] = payload;
    const type = indicator & NAL.typeBits;
    const other = indicator & ~NAL.typeBits;
    const number = this.#decodingOrder & 0xffff;
    const don = [number >> 8, number & 0xff];
    if (type === NAL.stapA) {
      this.#decodingOrder++;
      return Uint8Array.from([other | NAL.stapB, ...don, ...payload.subarray(1)]);
    }
    if (type !== NAL.fuA || (second & NAL.startBit) === 0) return payload;
    this.#decodingOrder++;
    return Uint8Array.from([other | NAL.fuB, second, ...don, ...payload.subarray(2)]);
  }
}
