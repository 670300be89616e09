import type { Distribution, Measured } from '@plugfest/model';
import type { Freeze } from '../freeze-detection.ts';
import type { MetricRow, MetricSeries } from './metric-series.ts';

/** Something about the pictures that a number alone would hide. */
export interface VideoFinding {
  /** Stable, e.g. `video-range-mismatch`. */
  readonly code: string;
  /** What was seen, and what it means for the numbers. */
  readonly text: string;
}

/** What a clip came to: `Name` are its values, `Frame` the numbers that each frame has. */
export interface VideoScores<Name extends string = string, Frame extends string = string> {
  readonly frames: number;
  /** Every value is there: a number, or why there is none. */
  readonly values: Readonly<Record<Name, Measured>>;
  /** Over the frames. */
  readonly percentiles: Readonly<Partial<Record<Frame, Distribution>>>;
  readonly findings: readonly VideoFinding[];
}

/** Scores of pictures without a reference say where they froze, too. */
export interface InspectionScores<Name extends string = string, Frame extends string = string>
  extends VideoScores<Name, Frame> {
  /** Gaps between pictures by the W3C's rule. */
  readonly freezesByGap: readonly Freeze[];
  /** The same rule, equal pictures counting as none. */
  readonly freezesByContent: readonly Freeze[];
}

/** Values and percentiles of series, by the rows of their table. */
export function scoresOf<Name extends string, Frame extends string>(
  rows: Readonly<Record<Name, MetricRow<Frame>>>,
  series: Readonly<Partial<Record<Frame, MetricSeries>>>,
  reasonForNone: (frame: Frame) => string,
): Pick<VideoScores<Name, Frame>, 'values' | 'percentiles'> {
  const values = {} as Record<Name, Measured>;
  const percentiles: Partial<Record<Frame, Distribution>> = {};
  for (const [name, row] of Object.entries(rows) as [Name, MetricRow<Frame>][]) {
    const of = series[row.of];
    values[name] = of?.measured(row, reasonForNone(row.of)) ?? { notMeasured: reasonForNone(row.of) };
    if (of && of.length > 0) percentiles[row.of] ??= of.distribution(row);
  }
  return { values, percentiles };
}
