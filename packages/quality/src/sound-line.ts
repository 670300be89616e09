import type { SoundBlock } from '@plugfest/media';

/** Times of blocks jitter: only a step that these many blocks agree on is a gap or an overlap. */
const LOOK_AHEAD = 12;
const STEP_MS = 12;
/** A longer step is a wrong time, not silence. */
const JUMP_MS = 300_000;
const SILENCE_BLOCK = 48_000;

/** Puts blocks of sound on one line of time, from the first one's beginning: gaps become silence, overlaps are joined. */
export class SoundLine {
  readonly #rateHz: number;
  readonly #waiting: SoundBlock[] = [];
  /** Where the next block should begin, as the file counts. */
  #nextUs: number | undefined;
  gaps = 0;
  filledMs = 0;
  /** Steps in ms that were passed over. */
  readonly jumps: number[] = [];

  constructor(sampleRateHz: number) {
    this.#rateHz = sampleRateHz;
  }

  push(block: SoundBlock): Float32Array[] {
    this.#waiting.push(block);
    return this.#waiting.length > LOOK_AHEAD ? this.#next() : [];
  }

  end(): Float32Array[] {
    const rest: Float32Array[] = [];
    while (this.#waiting.length > 0) rest.push(...this.#next());
    return rest;
  }

  #next(): Float32Array[] {
    const step = this.#nextUs === undefined ? 0 : this.#stepMs(this.#nextUs);
    const { samples, ptsUs } = this.#waiting.shift() as SoundBlock;
    const durationUs = (1e6 * samples.length) / this.#rateHz;
    if (this.#nextUs === undefined || Math.abs(step) > JUMP_MS) {
      if (this.#nextUs !== undefined) this.jumps.push(step);
      this.#nextUs = ptsUs + durationUs;
      return [samples];
    }
    this.#nextUs += durationUs + step * 1000;
    if (step <= 0) return [samples];
    this.gaps++;
    this.filledMs += step;
    return [...silence(Math.round((step * this.#rateHz) / 1000)), samples];
  }

  /** What all the next blocks agree on: how much later (earlier: negative) they come than the line is long. */
  #stepMs(nextUs: number): number {
    let due = nextUs;
    let [least, largest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const { samples, ptsUs } of this.#waiting) {
      const late = (ptsUs - due) / 1000;
      least = Math.min(least, late);
      largest = Math.max(largest, late);
      due += (1e6 * samples.length) / this.#rateHz;
    }
    if (least > STEP_MS) return least;
    return largest < -STEP_MS ? largest : 0;
  }
}

function silence(samples: number): Float32Array[] {
  const pieces: Float32Array[] = [];
  for (let left = samples; left > 0; left -= SILENCE_BLOCK)
    pieces.push(new Float32Array(Math.min(left, SILENCE_BLOCK)));
  return pieces;
}
