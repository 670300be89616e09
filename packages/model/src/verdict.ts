import { z } from 'zod';

/** RFC 2119 levels: a `should` that fails is a warning. */
export const levelSchema = z.enum(['must', 'should', 'may']);
export type Level = z.infer<typeof levelSchema>;

/**
 * `error` is the harness's own fault and never counts against an endpoint; `unsupported` is what an endpoint says of itself;
 * `inconclusive` is too little data; `not-run` names what is missing on this machine.
 */
export const verdictSchema = z.enum(['pass', 'fail', 'inconclusive', 'unsupported', 'error', 'not-run']);
export type Verdict = z.infer<typeof verdictSchema>;

/** A place in the evidence, relative to the run's directory: a file, and what to look at in it. */
export const evidenceSchema = z.object({
  file: z.string(),
  /** Microseconds on the run's clock. */
  atUs: z.number().optional(),
  frame: z.number().int().optional(),
  packet: z.number().int().optional(),
  note: z.string().optional(),
});
export type Evidence = z.infer<typeof evidenceSchema>;

export const checkSchema = z.object({
  /** Stable, e.g. `sees:lync-desktop:skype` or `frame-rate:room`. */
  id: z.string(),
  title: z.string(),
  level: levelSchema,
  verdict: verdictSchema,
  /** RFC and section, vendor document or seed rule. */
  cites: z.string(),
  /** What was measured, with its unit, in words. */
  measured: z.string(),
  /** What it was held against, with its unit. */
  limit: z.string(),
  /** The participants that it speaks of. */
  participants: z.array(z.string()).default([]),
  evidence: z.array(evidenceSchema),
});
export type Check = z.infer<typeof checkSchema>;

export const verdictFileSchema = z.object({
  version: z.literal(1),
  id: z.string(),
  scenario: z.string(),
  title: z.string().default(''),
  verdict: verdictSchema,
  /** Why, where no check says it: an error's text, what is missing, the command that mends it. */
  reason: z.string().optional(),
  seed: z.number().int(),
  startedAt: z.string(),
  durationMs: z.number(),
  reportDir: z.string(),
  checks: z.array(checkSchema),
  /** Where the time went: stage to milliseconds. */
  stagesMs: z.record(z.string(), z.number()).default({}),
});
export type VerdictFile = z.infer<typeof verdictFileSchema>;

/** Process exit codes of the command line. */
export const EXIT = { pass: 0, failed: 1, badUse: 2, harnessError: 3, nothingRan: 4, interrupted: 130 } as const;

const WORST_FIRST: readonly Verdict[] = ['error', 'fail', 'inconclusive', 'unsupported', 'not-run', 'pass'];

/** A run's verdict from its checks: the worst `must`; `should` and `may` never fail a run; no check at all proves nothing. */
export function verdictOf(checks: readonly Pick<Check, 'level' | 'verdict'>[]): Verdict {
  const musts = checks.filter((check) => check.level === 'must');
  if (musts.length === 0) return 'inconclusive';
  return WORST_FIRST.find((verdict) => musts.some((check) => check.verdict === verdict)) ?? 'inconclusive';
}
