/** A picture that came out of a decoder; whoever drops it gives its memory back. */
export interface Releasable {
  release(): void;
}

interface Entry<Picture> {
  readonly picture: Picture;
  readonly arrivalUs: number;
}

/** Older than this part of a tick a picture has settled: the usual jitter does not bring its successor before the same tick. */
const SETTLED = 0.35;
const MAX_WAITING = 4;

/**
 * Which picture of a source to show at each tick. Source and ticks have about one rate and any phase: where pictures come just when it ticks, jitter alone
 * would show some twice and others never. So the newest that has settled is shown, and one that has only just come waits for the next tick, if there is
 * another to show before it.
 */
export class PictureQueue<Picture extends Releasable> {
  #waiting: Entry<Picture>[] = [];
  #current: Picture | undefined;

  /** The picture of the last tick; the queue's own. */
  get current(): Picture | undefined {
    return this.#current;
  }

  push(picture: Picture, arrivalUs: number): void {
    if (this.#waiting.length === MAX_WAITING) this.#waiting.shift()?.picture.release();
    this.#waiting.push({ picture, arrivalUs });
  }

  /** Moves on to this tick's picture; false where it is still the same. */
  tick(nowUs: number, periodUs: number): boolean {
    const settled = this.#waiting.findLastIndex(({ arrivalUs }) => nowUs - arrivalUs >= SETTLED * periodUs);
    const passed = this.#waiting.splice(0, Math.max(settled, 0) + 1);
    const next = passed.pop()?.picture;
    for (const { picture } of passed) picture.release();
    if (!next) return false;
    this.#current?.release();
    this.#current = next;
    return true;
  }

  clear(): void {
    for (const { picture } of this.#waiting.splice(0)) picture.release();
    this.#current?.release();
    this.#current = undefined;
  }
}
