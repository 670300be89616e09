/** 20 ms at 48 kHz. */
const TICK_SAMPLES = 960;
/** More than this waiting, before what came last, is delay that nobody asked for: the oldest goes. */
const MAX_WAITING_SAMPLES = 4 * TICK_SAMPLES;
/** What waited for half a second without being needed is delay without use. */
const TRIM_AFTER_TICKS = 25;

/** Decoded sound that waits to be mixed: chunks of any length in, ticks of 20 ms out. Mono, 48 kHz. */
export class PlayoutQueue {
  #chunks: Int16Array[] = [];
  #length = 0;
  #lowest = Number.POSITIVE_INFINITY;
  #ticks = 0;

  /** Samples that wait. */
  get length(): number {
    return this.#length;
  }

  push(samples: Int16Array): void {
    while (this.#length > MAX_WAITING_SAMPLES) this.#length -= this.#chunks.shift()?.length ?? 0;
    this.#chunks.push(samples);
    this.#length += samples.length;
  }

  /** The next 20 ms; undefined where there is less. */
  take(): Int16Array | undefined {
    if (this.#length < TICK_SAMPLES) {
      this.#lowest = 0;
      return undefined;
    }
    const tick = this.#shift();
    this.#trim();
    return tick;
  }

  #shift(): Int16Array {
    const whole = this.#chunks[0];
    if (whole?.length === TICK_SAMPLES) {
      this.#chunks.shift();
      this.#length -= TICK_SAMPLES;
      return whole;
    }
    const tick = new Int16Array(TICK_SAMPLES);
    let filled = 0;
    for (let first = this.#chunks[0]; first && filled < TICK_SAMPLES; first = this.#chunks[0]) {
      const used = Math.min(first.length, TICK_SAMPLES - filled);
      tick.set(used === first.length ? first : first.subarray(0, used), filled);
      filled += used;
      if (used === first.length) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(used);
    }
    this.#length -= filled;
    return tick;
  }

  #trim(): void {
    this.#lowest = Math.min(this.#lowest, this.#length);
    if (++this.#ticks < TRIM_AFTER_TICKS) return;
    for (let surplus = this.#lowest; surplus >= TICK_SAMPLES; surplus -= TICK_SAMPLES) this.#shift();
    this.#ticks = 0;
    this.#lowest = Number.POSITIVE_INFINITY;
  }
}
