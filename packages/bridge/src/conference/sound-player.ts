const RATE_HZ = 48_000;
const TICK_SAMPLES = 960;
/** Of a tone's ends, so that they do not click. */
const RAMP_SAMPLES = RATE_HZ / 200;

/** Frequency, 0 for a pause, and how long. */
export type Tone = readonly [frequencyHz: number, durationMs: number];

/** Two notes up, two notes down. */
export const JOIN_TONE: readonly Tone[] = [
  [660, 110],
  [880, 160],
];
export const LEAVE_TONE: readonly Tone[] = [
  [880, 110],
  [660, 160],
];
/** Quieter than speech, -26 dBov. */
const AMPLITUDE = 32_768 * 10 ** (-26 / 20) * Math.SQRT2;

/** Notes one after the other: 48 kHz mono. */
export function soundOfTones(tones: readonly Tone[]): Int16Array {
  const notes = tones.map(([frequencyHz, durationMs]) => {
    const length = Math.round((durationMs * RATE_HZ) / 1000);
    return Int16Array.from({ length }, (_, n) => {
      const ramp = Math.min(1, n / RAMP_SAMPLES, (length - n) / RAMP_SAMPLES);
      return AMPLITUDE * ramp * Math.sin((2 * Math.PI * frequencyHz * n) / RATE_HZ);
    });
  });
  const sound = new Int16Array(notes.reduce((sum, note) => sum + note.length, 0));
  let at = 0;
  for (const note of notes) {
    sound.set(note, at);
    at += note.length;
  }
  return sound;
}

/** Plays a sound in ticks of 20 ms, once or again and again. */
export class SoundPlayer {
  #sound = new Int16Array(0);
  #pauseSamples = Number.POSITIVE_INFINITY;
  #at = 0;

  /** From its beginning, in place of what is playing; `everyMs` says it again after so long a pause. */
  play(sound: Int16Array, everyMs = Number.POSITIVE_INFINITY): void {
    this.#sound = Int16Array.from(sound);
    this.#pauseSamples = (everyMs * RATE_HZ) / 1000;
    this.#at = 0;
  }

  /** The next 20 ms; undefined where nothing is playing. */
  next(): Int16Array | undefined {
    if (this.#at >= this.#sound.length + this.#pauseSamples) this.#at = 0;
    const from = this.#at;
    this.#at += TICK_SAMPLES;
    if (from >= this.#sound.length) return undefined;
    const tick = new Int16Array(TICK_SAMPLES);
    tick.set(this.#sound.subarray(from, from + TICK_SAMPLES));
    return tick;
  }
}
