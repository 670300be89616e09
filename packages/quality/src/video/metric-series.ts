import type { Distribution, Measured } from '@plugfest/model';
import { distributionOf, type Meaning, notMeasured } from '../distribution.ts';
import { bootstrapInterval, type Pooling } from './block-bootstrap.ts';

/** A value of a clip, and how it is made from a number a frame. */
export interface MetricRow<Frame extends string = string> extends Meaning {
  /** The number a frame. */
  readonly of: Frame;
  readonly pooling: Pooling;
  /** Where not the values themselves are pooled (PSNR: the squared errors): from the pooled number to the unit. */
  readonly fromPooled?: (pooled: number) => number;
}

const FIRST_CAPACITY = 1024;

/** One number a frame, eight bytes each: what a metric remembers of a clip. */
export class MetricSeries {
  #values = new Float64Array(FIRST_CAPACITY);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  /** All that was pushed, as a view. */
  values(): Float64Array {
    return this.#values.subarray(0, this.#length);
  }

  /** The clip's value with its 95 % interval by the block bootstrap; `notMeasured` with that reason where no frame had one. */
  measured({ unit, method, pooling, fromPooled = (pooled) => pooled }: MetricRow, reasonForNone: string): Measured {
    const n = this.#length;
    if (n === 0) return notMeasured(reasonForNone);
    const { value, low, high } = bootstrapInterval(this.values(), pooling);
    const ends = [fromPooled(low), fromPooled(high)];
    return { value: fromPooled(value), unit, n, low: Math.min(...ends), high: Math.max(...ends), method };
  }

  /** Percentiles over the frames, each in the unit. */
  distribution({ unit, method, fromPooled = (pooled) => pooled }: MetricRow): Distribution {
    return distributionOf(Array.from(this.values(), fromPooled), { unit, method }, 1);
  }
}
