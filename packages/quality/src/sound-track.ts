import type { AudioChunk } from '@plugfest/model';
import { medianOf } from './distribution.ts';

const SAMPLES_PER_US = 0.048;
/** What is sound to a listener arrives in chunks whose times jitter: only a step that these many chunks agree on is a gap or an overlap. */
const LOOK_AHEAD = 12;
const STEP_SAMPLES = 0.012 * 48_000;
/** Longer sound is looked at in parts (see `SoundMeasurement`), so that memory stays small. */
export const MAX_TRACK_US = 60_000_000;

/** No louder sample (−60 dBFS): comfort noise and dither are no sound. */
const SILENCE = 32;

interface Placed {
  readonly samples: Int16Array;
  /** Where its own time puts it. */
  readonly due: number;
}

/** A participant's captured sound on one line of time: 48 kHz mono, gaps filled with silence. */
export interface SoundTrack {
  readonly fromUs: number;
  readonly samples: Int16Array;
  /** Sound that was really captured, in ms; the rest is filled silence. */
  readonly capturedMs: number;
  /** How much later than its place says sound of these samples was played, in µs: the median of its chunks' times. */
  latenessUs(start: number, end: number): number;
}

/** Collects the chunks of a capture that fall in a window. */
export class SoundTrackBuilder {
  readonly #fromUs: number;
  readonly #toUs: number;
  readonly #length: number;
  readonly #chunks: Placed[] = [];
  /** When the first chunk that is not silence was played, inside the window or before it. */
  firstHeardUs: number | undefined;
  /** Times of the first and of the end of the last sound inside the window. */
  firstUs: number | undefined;
  lastUs: number | undefined;

  constructor(fromUs: number, toUs: number) {
    this.#fromUs = fromUs;
    this.#toUs = toUs;
    this.#length = Math.max(0, Math.round(Math.min(toUs - fromUs, MAX_TRACK_US) * SAMPLES_PER_US));
  }

  /** 48 kHz mono; what lies outside the window is passed over. */
  add({ samples, ptsUs }: AudioChunk): void {
    if (this.firstHeardUs === undefined && samples.some((sample) => Math.abs(sample) > SILENCE))
      this.firstHeardUs = ptsUs;
    const due = (ptsUs - this.#fromUs) * SAMPLES_PER_US;
    if (due + samples.length <= 0 || ptsUs > this.#toUs) return;
    this.firstUs ??= ptsUs;
    this.lastUs = ptsUs + samples.length / SAMPLES_PER_US;
    if (due < this.#length) this.#chunks.push({ samples, due });
  }

  build(): SoundTrack {
    const samples = new Int16Array(this.#length);
    const anchors: { at: number; late: number }[] = [];
    let captured = 0;
    let end: number | undefined;
    for (const [i, chunk] of this.#chunks.entries()) {
      const step = end === undefined ? undefined : this.#stepAt(i, end);
      if (end === undefined || step !== 0) end = Math.round((end ?? 0) + (step ?? this.#medianLateness(i, 0)));
      place(samples, chunk.samples, end);
      anchors.push({ at: end, late: (chunk.due - end) / SAMPLES_PER_US });
      captured += Math.max(0, Math.min(end + chunk.samples.length, samples.length) - Math.max(0, end));
      end += chunk.samples.length;
    }
    return {
      fromUs: this.#fromUs,
      samples,
      capturedMs: captured / 48,
      latenessUs: (from, to) => {
        const inside = anchors.filter(({ at }) => at >= from && at < to).map(({ late }) => late);
        return inside.length > 0 ? medianOf(inside) : 0;
      },
    };
  }

  /** How far the line of time has to jump before chunk i: 0 where it goes on. */
  #stepAt(i: number, end: number): number {
    const lateness = this.#lateness(i, end);
    const isStep = Math.min(...lateness) > STEP_SAMPLES || Math.max(...lateness) < -STEP_SAMPLES;
    return isStep ? medianOf(lateness) : 0;
  }

  #medianLateness(i: number, end: number): number {
    return medianOf(this.#lateness(i, end));
  }

  /** How much later than without a gap the next chunks come, in samples. */
  #lateness(i: number, end: number): number[] {
    const lateness: number[] = [];
    let expected = end;
    for (const { due, samples } of this.#chunks.slice(i, i + LOOK_AHEAD)) {
      lateness.push(due - expected);
      expected += samples.length;
    }
    return lateness;
  }
}

function place(track: Int16Array, samples: Int16Array, at: number): void {
  const from = Math.max(0, -at);
  const to = Math.min(samples.length, track.length - at);
  if (to > from) track.set(samples.subarray(from, to), at + from);
}
