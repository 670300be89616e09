/** Packets that far behind the newest are still told apart; 64 is the least that is allowed. @see RFC 3711 §3.3.2 */
const WINDOW_PACKETS = 1024;

/** Which packet indices were seen. Only what was authenticated may be marked. */
export class ReplayWindow {
  readonly #seen = new Float64Array(WINDOW_PACKETS).fill(-1);
  #highest = -1;

  get highest(): number {
    return this.#highest;
  }

  check(index: number): 'fresh' | 'replayed' | 'too-old' {
    if (index <= this.#highest - WINDOW_PACKETS) return 'too-old';
    return this.#seen[index % WINDOW_PACKETS] === index ? 'replayed' : 'fresh';
  }

  mark(index: number): void {
    this.#seen[index % WINDOW_PACKETS] = index;
    if (index > this.#highest) this.#highest = index;
  }

  /** As if this index had been the last. */
  startAt(index: number): void {
    this.#highest = index;
  }
}
