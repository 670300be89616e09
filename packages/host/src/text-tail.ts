/** The last `capacity` bytes of a stream, as text; memory stays under twice that however much comes. */
export class TextTail {
  readonly #capacity: number;
  #chunks: Uint8Array[] = [];
  #length = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  push(bytes: Uint8Array): void {
    // A copy: the stream's own buffer may be far bigger than this piece of it.
    const kept = bytes.length > this.#capacity ? bytes.slice(bytes.length - this.#capacity) : bytes.slice();
    this.#chunks.push(kept);
    this.#length += kept.length;
    if (this.#length > 2 * this.#capacity || this.#chunks.length > 1024) this.#compact();
  }

  /** As UTF-8; what is not becomes U+FFFD. */
  text(): string {
    this.#compact();
    return new TextDecoder().decode(this.#chunks[0]);
  }

  #compact(): void {
    const all = Buffer.concat(this.#chunks);
    const kept = all.length > this.#capacity ? Buffer.from(all.subarray(all.length - this.#capacity)) : all;
    this.#chunks = [kept];
    this.#length = kept.length;
  }
}
