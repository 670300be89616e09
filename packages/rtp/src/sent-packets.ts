/** The last packets of a stream that we sent, so that a NACK can be answered with the very same bytes. @see RFC 4585 §6.2.1 */
export class SentPackets {
  readonly #slots: (Readonly<{ sequenceNumber: number; bytes: Uint8Array }> | undefined)[];

  /** `capacity` packets are kept, default 512. */
  constructor(capacity = 512) {
    this.#slots = new Array(capacity).fill(undefined);
  }

  store(sequenceNumber: number, bytes: Uint8Array): void {
    this.#slots[sequenceNumber % this.#slots.length] = { sequenceNumber, bytes };
  }

  /** The packet as it was stored, undefined where it is too old or never was. */
  find(sequenceNumber: number): Uint8Array | undefined {
    const slot = this.#slots[sequenceNumber % this.#slots.length];
    return slot?.sequenceNumber === sequenceNumber ? slot.bytes : undefined;
  }
}
