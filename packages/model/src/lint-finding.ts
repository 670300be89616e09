/** One thing that is wrong with a message or a description, and the rule that says so. */
export interface LintFinding {
  /** `must`: a receiver refuses, drops or cannot use it. `should`: wrong or old, and tolerant receivers live with it. */
  readonly level: 'must' | 'should';
  /** Stable, kebab-case. */
  readonly code: string;
  /** RFC and section. */
  readonly cites: string;
  /** Byte offset into the message; 0 where all of it is meant. */
  readonly offset: number;
  readonly text: string;
}
