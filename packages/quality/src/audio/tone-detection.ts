import type { Sound } from './sound.ts';

/** @see ITU-T Q.23 §2 */
const LOW_HZ = [697, 770, 852, 941] as const;
const HIGH_HZ = [1209, 1336, 1477, 1633] as const;
const SYMBOLS = ['123A', '456B', '789C', '*0#D'] as const;

/** 20 ms tell neighbouring tones apart, and fit twice into the shortest digit that Q.24 has receivers accept. */
const WINDOW_MS = 20;
const HOP_MS = 5;
/** Between the 23 ms that must not be read and the 40 ms that must. */
const LEAST_DIGIT_MS = 30;
/** A signal of two tones has all its power in them. Of tones that are 1.5 % off a window of 20 ms finds 58 %, of those that are 3.5 % off a tenth. */
const LEAST_SHARE = 0.5;
/** Between the two, either way. */
const MOST_TWIST_DB = 8;
/** −36 dBFS: 26 dB below what telephones send. */
const LEAST_POWER = 10 ** (-36 / 10);
/** How much stronger the tone is than all others of its group. */
const SECOND_BEST_RATIO = 4;

/** A digit that was keyed. */
export interface DtmfDigit {
  readonly symbol: string;
  readonly startMs: number;
  readonly durationMs: number;
}

/** The digits of a whole sound. */
export function findDtmf({ samples, sampleRateHz }: Sound): DtmfDigit[] {
  const reader = new DtmfReader(sampleRateHz);
  reader.push(samples);
  return reader.end();
}

/**
 * The digits of dual-tone multi-frequency signalling in a sound that comes in pieces, by the Goertzel algorithm: windows of 20 ms with half of their power
 * in one low and one high tone no more than 8 dB apart, for 30 ms.
 * @see ITU-T Q.23, Q.24
 */
export class DtmfReader {
  readonly #sampleRateHz: number;
  readonly #length: number;
  readonly #hop: number;
  readonly #digits: DtmfDigit[] = [];
  /** What no window has begun behind yet. */
  #rest = new Float32Array(0);
  /** Where that begins in the sound. */
  #start = 0;
  #symbol: string | undefined;
  #windows = 0;

  constructor(sampleRateHz: number) {
    this.#sampleRateHz = sampleRateHz;
    this.#length = Math.round((WINDOW_MS * sampleRateHz) / 1000);
    this.#hop = Math.round((HOP_MS * sampleRateHz) / 1000);
  }

  push(piece: Float32Array): void {
    const samples = new Float32Array(this.#rest.length + piece.length);
    samples.set(this.#rest);
    samples.set(piece, this.#rest.length);
    let at = 0;
    for (; at + this.#length <= samples.length; at += this.#hop) {
      const found = digitOf(samples.subarray(at, at + this.#length), this.#sampleRateHz);
      if (found !== this.#symbol) {
        this.#finish(this.#start + at);
        [this.#symbol, this.#windows] = [found, 0];
      }
      this.#windows++;
    }
    this.#rest = samples.slice(at);
    this.#start += at;
  }

  end(): DtmfDigit[] {
    this.#finish(this.#start);
    return this.#digits;
  }

  #finish(end: number): void {
    // A window that a digit fills by half finds half of its power in the tones: they begin and end in the middle of windows.
    const durationMs = this.#windows * HOP_MS;
    const startMs = (1000 * (end - this.#windows * this.#hop)) / this.#sampleRateHz + WINDOW_MS / 2;
    if (this.#symbol !== undefined && durationMs >= LEAST_DIGIT_MS)
      this.#digits.push({ symbol: this.#symbol, startMs, durationMs });
  }
}

function digitOf(window: Float32Array, sampleRateHz: number): string | undefined {
  let power = 0;
  for (const sample of window) power += sample * sample;
  power /= window.length;
  if (power < LEAST_POWER) return undefined;
  const low = strongest(window, LOW_HZ, sampleRateHz);
  const high = strongest(window, HIGH_HZ, sampleRateHz);
  if (!low || !high || low.power + high.power < LEAST_SHARE * power) return undefined;
  if (Math.abs(10 * Math.log10(high.power / low.power)) > MOST_TWIST_DB) return undefined;
  return SYMBOLS[low.index]?.[high.index];
}

/** The tone that stands out of its group; undefined where none does. */
function strongest(
  window: Float32Array,
  tonesHz: readonly number[],
  sampleRateHz: number,
): { readonly index: number; readonly power: number } | undefined {
  const powers = tonesHz.map((hz) => tonePower(window, hz, sampleRateHz));
  const power = Math.max(...powers);
  const index = powers.indexOf(power);
  const stands = powers.every((other, i) => i === index || other * SECOND_BEST_RATIO < power);
  return stands ? { index, power } : undefined;
}

/** The mean power of one frequency in a window: A²/2 of a sine with amplitude A. @see Goertzel 1958 */
export function tonePower(window: Float32Array, hz: number, sampleRateHz: number): number {
  const turn = (2 * Math.PI * hz) / sampleRateHz;
  const coefficient = 2 * Math.cos(turn);
  let [last, before] = [0, 0];
  for (const sample of window) {
    const next = sample + coefficient * last - before;
    before = last;
    last = next;
  }
  return (2 * (last * last + before * before - coefficient * last * before)) / window.length ** 2;
}
