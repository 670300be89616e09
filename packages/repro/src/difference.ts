/** One thing in which two runs differ. */
export interface Difference {
  readonly kind: 'plan' | 'message' | 'header' | 'description' | 'measurement' | 'check';
  /** Where in the run, in words. */
  readonly where: string;
  /** What each has; undefined where it has nothing there. */
  readonly a: string | undefined;
  readonly b: string | undefined;
  /** False where the intervals of two measurements overlap: the same run twice may differ so. */
  readonly matters: boolean;
}
