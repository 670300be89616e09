import type { TransportFeedback } from './rtcp-packet.ts';
import { sequenceDistance } from './sequence-number.ts';

/** Of these the fate can still be told: eight seconds at 4 Mbit/s. */
const KEPT = 4096;
const REFERENCE_UNIT_US = 64_000;

const STATES = { none: 0, underWay: 1, lost: 2, received: 3 } as const;

/** What a feedback says of a packet that it says it of for the first time. */
export interface PacketFate {
  readonly sentUs: number;
  readonly bytes: number;
  /** By the peer's clock; undefined for what is lost, or came at an unknown time. */
  readonly arrivalUs: number | undefined;
  readonly isReceived: boolean;
  /** It came after it had been told to be lost. */
  readonly isFound: boolean;
  /** Of packets before it that no feedback told of: a feedback was lost. */
  readonly untoldBytes: number;
}

/** Numbers what is sent on a transport, and knows what became of it. @see draft-holmer-rmcat-transport-wide-cc-extensions-01 */
export class SentTransportPackets {
  readonly #sentUs = new Float64Array(KEPT);
  readonly #bytes = new Uint16Array(KEPT);
  readonly #states = new Uint8Array(KEPT);
  /** Unwrapped; none of it was sent yet. */
  #next = 0;
  /** The first whose time may yet be set right. */
  #undated = 0;
  /** The next that a feedback is to tell of. */
  #untold = 0;
  #reference: { readonly read: number; readonly unwrapped: number } | undefined;

  /** The number that a packet gets, 16 bits. */
  send(bytes: number, nowUs: number): number {
    const number = this.#next++;
    const slot = number % KEPT;
    this.#sentUs[slot] = nowUs;
    this.#bytes[slot] = bytes;
    this.#states[slot] = STATES.underWay;
    return number & 0xffff;
  }

  /** Since the last call of this, all that were numbered left now: what is handed to a socket in one turn leaves at its end. */
  departed(nowUs: number): void {
    for (let at = Math.max(this.#undated, this.#next - KEPT); at < this.#next; at++) this.#sentUs[at % KEPT] = nowUs;
    this.#undated = this.#next;
  }

  /** In order of their numbers. What was told before, is too old or was never sent is passed over. */
  take(feedback: TransportFeedback): PacketFate[] {
    const fates: PacketFate[] = [];
    let atUs = this.#unwrapped(feedback.referenceTime) * REFERENCE_UNIT_US;
    for (const { sequenceNumber, received, deltaUs } of feedback.packets) {
      atUs += deltaUs ?? 0;
      const number = this.#numberOf(sequenceNumber);
      if (number === undefined) continue;
      const untoldBytes = this.#untoldBytes(number);
      const slot = number % KEPT;
      const before = this.#states[slot];
      const now = received ? STATES.received : STATES.lost;
      if (before === STATES.none || before === STATES.received || before === now) continue;
      this.#states[slot] = now;
      fates.push({
        sentUs: this.#sentUs[slot] as number,
        bytes: this.#bytes[slot] as number,
        arrivalUs: received && deltaUs !== undefined ? atUs : undefined,
        isReceived: received,
        isFound: before === STATES.lost,
        untoldBytes,
      });
    }
    return fates;
  }

  #numberOf(sequenceNumber: number): number | undefined {
    const last = this.#next - 1;
    const number = last + sequenceDistance(last & 0xffff, sequenceNumber);
    return number > last || number < 0 || last - number >= KEPT ? undefined : number;
  }

  #untoldBytes(number: number): number {
    let bytes = 0;
    for (let at = Math.max(this.#untold, this.#next - KEPT); at < number; at++)
      bytes += this.#bytes[at % KEPT] as number;
    this.#untold = Math.max(this.#untold, number + 1);
    return bytes;
  }

  /** It has 24 bits. */
  #unwrapped(read: number): number {
    const before = this.#reference ?? { read, unwrapped: read };
    const unwrapped = before.unwrapped + (((read - before.read) << 8) >> 8);
    this.#reference = { read, unwrapped };
    return unwrapped;
  }
}
