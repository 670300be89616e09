/** One thing that was injected, and what measuring found. */
export interface CalibrationPoint {
  /** What carried it, e.g. `H.264` or `Opus`. */
  readonly series: string;
  readonly truth: number;
  /** Undefined where measuring gave no number. */
  readonly measured: number | undefined;
  /** What is held against the limit; infinite where there is no number. */
  readonly error: number;
  readonly n: number;
  readonly note?: string;
}

/** A kind of truth, and how far a reading of it may be off. */
export interface Calibration {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  /** Of `error`, in `errorUnit`. */
  readonly limit: number;
  readonly errorUnit: string;
  /** What is injected, and what the error is, in a sentence or two. */
  readonly about: string;
  /** What is drawn over the truth: the error (the default), or the values, each series within its own range. */
  readonly plot?: 'error' | 'values';
  readonly run: () => Promise<CalibrationPoint[]>;
}

export interface CalibrationResult {
  readonly calibration: Calibration;
  readonly points: readonly CalibrationPoint[];
  readonly worst: number;
  readonly holds: boolean;
}

/** Runs one calibration and holds it against its limit. Nothing measured holds nothing. */
export async function calibrate(calibration: Calibration): Promise<CalibrationResult> {
  const points = await calibration.run();
  const worst = points.reduce((most, { error }) => Math.max(most, Math.abs(error)), 0);
  // A hair for the last digit of a float.
  return { calibration, points, worst, holds: points.length > 0 && worst <= calibration.limit + 1e-9 };
}
