/** A level under this is no speech, dBov. */
const SPEECH_DBOV = -45;
/** Somebody else must be louder for this long before the picture changes. */
const HYSTERESIS_TICKS = 40;

/** Who speaks, by levels of 20 ms, with hysteresis so that a cough does not change the picture. */
export class ActiveSpeaker {
  #current: string | undefined;
  #challenger: string | undefined;
  #ticks = 0;

  get current(): string | undefined {
    return this.#current;
  }

  /** Levels in dBov of all participants in this tick; true where the speaker changed. */
  tick(levels: ReadonlyMap<string, number>): boolean {
    if (this.#current !== undefined && !levels.has(this.#current)) this.#current = undefined;
    const loudest = [...levels].reduce<[string, number] | undefined>(
      (best, row) => (!best || row[1] > best[1] ? row : best),
      undefined,
    );
    if (!loudest || loudest[1] < SPEECH_DBOV || loudest[0] === this.#current) {
      this.#ticks = 0;
      return false;
    }
    this.#ticks = loudest[0] === this.#challenger ? this.#ticks + 1 : 1;
    this.#challenger = loudest[0];
    if (this.#current !== undefined && this.#ticks < HYSTERESIS_TICKS) return false;
    this.#current = loudest[0];
    this.#ticks = 0;
    return true;
  }
}
