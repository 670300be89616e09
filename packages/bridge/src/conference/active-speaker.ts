/** Smoothing of the 20 ms levels: about 300 ms, so that the gaps between syllables do not count. */
const SMOOTHING = 1 / 15;
/** A smoothed level under this is no speech, dBov. */
const SPEECH_DBOV = -48;
/** Somebody else must be louder by this much … */
const MARGIN_DB = 3;
/** … and speak for so many ticks before the picture changes … */
const CHALLENGE_TICKS = 25;
/** … and the one before must have been there for so long. */
const DWELL_TICKS = 50;

/** Who speaks, by levels of 20 ms, with hysteresis so that a cough does not change the picture. */
export class ActiveSpeaker {
  #energies = new Map<string, number>();
  #recent: readonly string[] = [];
  #challenger: string | undefined;
  #challengeTicks = 0;
  #dwellTicks = 0;

  get current(): string | undefined {
    return this.#recent[0];
  }

  /** All who are here and were active speaker, the last first. */
  get recent(): readonly string[] {
    return this.#recent;
  }

  /** Levels in dBov of all participants in this tick; true where the speaker changed. */
  tick(levels: ReadonlyMap<string, number>): boolean {
    this.#dwellTicks++;
    this.#smooth(levels);
    const before = this.current;
    this.#recent = this.#recent.filter((id) => levels.has(id));
    const loudest = this.#loudest();
    if (loudest === undefined || loudest === this.current) this.#challenger = undefined;
    else this.#challenge(loudest, levels.get(loudest) ?? SPEECH_DBOV);
    return this.current !== before;
  }

  #smooth(levels: ReadonlyMap<string, number>): void {
    const smoothed = new Map<string, number>();
    for (const [id, level] of levels) {
      const before = this.#energies.get(id) ?? 0;
      smoothed.set(id, before + (10 ** (level / 10) - before) * SMOOTHING);
    }
    this.#energies = smoothed;
  }

  /** Who speaks loudest by now; the current speaker unless somebody is louder by the margin. */
  #loudest(): string | undefined {
    let best = this.current;
    let bestDb = best === undefined ? SPEECH_DBOV : Math.max(SPEECH_DBOV, this.#levelDb(best) + MARGIN_DB);
    for (const id of this.#energies.keys()) {
      const levelDb = this.#levelDb(id);
      if (levelDb > bestDb && id !== this.current) [best, bestDb] = [id, levelDb];
    }
    return best;
  }

  #levelDb(id: string): number {
    return 10 * Math.log10(this.#energies.get(id) ?? 0);
  }

  #challenge(id: string, levelDbov: number): void {
    if (id !== this.#challenger) this.#challengeTicks = 0;
    if (levelDbov > SPEECH_DBOV) this.#challengeTicks++;
    this.#challenger = id;
    const isDue = this.#challengeTicks >= CHALLENGE_TICKS && this.#dwellTicks >= DWELL_TICKS;
    if (this.current !== undefined && !isDue) return;
    this.#recent = [id, ...this.#recent.filter((other) => other !== id)];
    this.#challenger = undefined;
    this.#dwellTicks = 0;
  }
}
