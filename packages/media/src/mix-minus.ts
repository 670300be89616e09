import type { AudioChunk } from '@plugfest/model';
import { TICK_SAMPLES } from './codec-names.ts';

const SILENCE_DBOV = -127;

/** A conference's sound, tick by tick: everybody hears the sum of all others. */
export class MixMinus {
  readonly #sum = new Int32Array(TICK_SAMPLES);
  readonly #inputs = new Map<string, Int16Array>();
  readonly #levels = new Map<string, number>();

  /** One participant's next 20 ms: 48 kHz mono, 960 samples (fewer are padded, more are cut). A second chunk in a tick replaces the first. */
  add(id: string, chunk: AudioChunk): void {
    const samples = chunk.samples.subarray(0, TICK_SAMPLES);
    const before = this.#inputs.get(id);
    if (before) for (let i = 0; i < before.length; i++) this.#sum[i] = (this.#sum[i] as number) - (before[i] as number);
    for (let i = 0; i < samples.length; i++) this.#sum[i] = (this.#sum[i] as number) + (samples[i] as number);
    this.#inputs.set(id, samples);
    this.#levels.set(id, levelOf(samples));
  }

  /** Begins the next tick: nobody has been heard in it yet. */
  nextTick(): void {
    this.#sum.fill(0);
    this.#inputs.clear();
    this.#levels.clear();
  }

  /** All others, saturating: 960 samples. An unknown id hears everybody. */
  mixFor(id: string): Int16Array {
    const own = this.#inputs.get(id);
    const mix = new Int16Array(TICK_SAMPLES);
    for (let i = 0; i < TICK_SAMPLES; i++) {
      const sum = (this.#sum[i] as number) - (own?.[i] ?? 0);
      mix[i] = Math.max(-32_768, Math.min(32_767, sum));
    }
    return mix;
  }

  /** RMS of the participant's sound in this tick, in dBov: 0 is a full-scale square wave, -127 silence. @see RFC 6465 §3 */
  level(id: string): number {
    return this.#levels.get(id) ?? SILENCE_DBOV;
  }
}

function levelOf(samples: Int16Array): number {
  let energy = 0;
  for (let i = 0; i < samples.length; i++) energy += (samples[i] as number) ** 2;
  if (energy === 0) return SILENCE_DBOV;
  return Math.max(SILENCE_DBOV, 10 * Math.log10(energy / samples.length / 32_768 ** 2));
}
