import { medianOf } from './distribution.ts';
import { MetricSeries } from './video/metric-series.ts';

/** A longer step from one picture to the next is no pause of a call, but a time that is wrong. */
const JUMP_US = 300e6;
/** Order of showing cannot go back: by more than this it is a jump, by less the picture is put where the last one was. */
const BACK_US = 1e6;

export interface TimeJump {
  /** Pictures (or blocks of sound) before it. */
  readonly before: number;
  readonly byMs: number;
}

/** Times as they are in a file, put on one line that starts at 0 and has no jumps. */
export class PictureTimes {
  readonly #series = new MetricSeries();
  readonly #fallbackUs: number;
  #lastRawUs: number | undefined;
  #lastGapUs: number | undefined;
  readonly jumps: TimeJump[] = [];
  steppedBack = 0;

  /** `frameRate`: what stands for a jump as long as no gap has been seen. */
  constructor(frameRate: number) {
    this.#fallbackUs = 1e6 / (frameRate > 0 ? frameRate : 25);
  }

  /** The time on the line. */
  push(rawUs: number): number {
    const last = this.#series.values().at(-1);
    const gapUs = this.#lastRawUs === undefined ? 0 : rawUs - this.#lastRawUs;
    this.#lastRawUs = rawUs;
    let timeUs = 0;
    if (last !== undefined) {
      if (gapUs > JUMP_US || gapUs < -BACK_US) {
        this.jumps.push({ before: this.#series.length, byMs: gapUs / 1000 });
        timeUs = last + (this.#lastGapUs ?? this.#fallbackUs);
      } else if (gapUs < 0) {
        this.steppedBack++;
        timeUs = last;
      } else {
        timeUs = last + gapUs;
        this.#lastGapUs = gapUs;
      }
    }
    this.#series.push(timeUs);
    return timeUs;
  }

  get length(): number {
    return this.#series.length;
  }

  values(): Float64Array {
    return this.#series.values();
  }

  /** The usual time from one picture to the next: the mean of the gaps that are half to one and a half of the middle one, as containers round; NaN where there is none. */
  usualGapUs(): number {
    const gaps = gapsOf(this.values());
    const middle = medianOf(gaps);
    const usual = gaps.filter((gap) => gap > middle / 2 && gap < 1.5 * middle);
    return usual.length === 0 ? middle : usual.reduce((sum, gap) => sum + gap, 0) / usual.length;
  }

  /** Number of the picture whose time is nearest; before the first and after the last it counts on by the usual gap. */
  nearest(timeUs: number, usualGapUs: number): number {
    const times = this.values();
    const end = times.at(-1) ?? 0;
    if (timeUs <= 0) return Math.round(timeUs / usualGapUs);
    if (timeUs >= end) return times.length - 1 + Math.round((timeUs - end) / usualGapUs);
    let [low, high] = [0, times.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((times[middle] as number) <= timeUs) low = middle;
      else high = middle;
    }
    return timeUs - (times[low] as number) <= (times[high] as number) - timeUs ? low : high;
  }

  /** Least and largest gap where more than one in fifty differs from the middle one by more than a fifth and 2 ms (what containers round); else undefined. */
  variation(): { readonly leastMs: number; readonly largestMs: number; readonly share: number } | undefined {
    const gaps = gapsOf(this.values());
    const middle = medianOf(gaps);
    let [off, least, largest] = [0, Number.POSITIVE_INFINITY, 0];
    for (const gap of gaps) {
      if (Math.abs(gap - middle) > 0.2 * middle + 2000) off++;
      least = Math.min(least, gap);
      largest = Math.max(largest, gap);
    }
    if (off <= gaps.length / 50) return undefined;
    return { leastMs: least / 1000, largestMs: largest / 1000, share: off / gaps.length };
  }
}

function gapsOf(times: Float64Array): Float64Array {
  const gaps = new Float64Array(Math.max(0, times.length - 1));
  for (let i = 0; i < gaps.length; i++) gaps[i] = (times[i + 1] as number) - (times[i] as number);
  return gaps;
}
