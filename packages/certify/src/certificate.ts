import { levelSchema } from '@plugfest/model';
import { z } from 'zod';
import { requirementsOf, suiteDigest } from './catalogue.ts';
import type { CertifiedEndpoint } from './certified-endpoint.ts';
import type { CertifiedTrace } from './certified-trace.ts';
import { decisionOfRuns } from './repeated-decision.ts';
import type { Decision, Requirement } from './requirement.ts';

const rowSchema = z.strictObject({
  id: z.string(),
  level: levelSchema,
  text: z.string(),
  cites: z.string(),
  trial: z.string(),
  outcome: z.enum(['pass', 'fail', 'inconclusive', 'not-exercised', 'unsupported']),
  seen: z.string(),
  evidence: z.string().optional(),
});
export type CertificateRow = z.infer<typeof rowSchema>;

/** What a certificate says: the predicate of its signed statement, and what its page shows. */
export const certificateSchema = z.strictObject({
  format: z.literal('plugfest-certificate'),
  version: z.literal(1),
  endpoint: z.strictObject({
    name: z.string(),
    vendor: z.string(),
    version: z.string(),
    kind: z.string(),
    profile: z.string(),
  }),
  suite: z.string(),
  suiteDigest: z.string(),
  result: z.enum(['PASSED', 'FAILED']),
  /** Requirement to reason: what the vendor did not claim. */
  unclaimed: z.record(z.string(), z.string()),
  rows: z.array(rowSchema),
  /** Trial to the run that decided. */
  trials: z.array(
    z.strictObject({
      name: z.string(),
      what: z.string(),
      runId: z.string(),
      verdict: z.string(),
      evidence: z.string(),
    }),
  ),
  environment: z.record(z.string(), z.string()),
  issuedAt: z.string(),
  validUntil: z.string(),
});
export type Certificate = z.infer<typeof certificateSchema>;

/** Decides each requirement of a suite by the runs of the trial that it names. A trial that could not be run leaves its rows not exercised, with the reason. */
export function decideAll(
  endpoint: CertifiedEndpoint,
  suite: string,
  traces: ReadonlyMap<string, readonly (CertifiedTrace | string)[]>,
): { readonly rows: CertificateRow[]; readonly suiteDigest: string } {
  const rows = requirementsOf(suite).map(({ id, level, text, cites, trial, decide }): CertificateRow => {
    const reason = unclaimedReason(endpoint, id);
    const decision: Decision =
      reason !== undefined
        ? { outcome: 'unsupported', seen: `not claimed: ${reason}` }
        : decisionOfRuns((traces.get(trial) ?? []).map((trace) => decisionBy(trace, decide)));
    return { id, level, text, cites, trial, ...decision };
  });
  return { rows, suiteDigest: suiteDigest(suite) };
}

function decisionBy(trace: CertifiedTrace | string, decide: Requirement['decide']): Decision {
  return typeof trace === 'string' ? { outcome: 'not-exercised', seen: trace } : decide(trace);
}

function unclaimedReason({ unsupported = {} }: CertifiedEndpoint, id: string): string | undefined {
  const [, reason] =
    Object.entries(unsupported).find(([key]) => key === id || (key.endsWith('/') && id.startsWith(key))) ?? [];
  return reason;
}

/** Passed: no `must` failed or stayed open, and some did pass. What is not claimed or never came up fails nothing, and is told. */
export function resultOf(rows: readonly CertificateRow[]): Certificate['result'] {
  const musts = rows.filter(({ level }) => level === 'must');
  const isBad = musts.some(({ outcome }) => outcome === 'fail' || outcome === 'inconclusive');
  return !isBad && musts.some(({ outcome }) => outcome === 'pass') ? 'PASSED' : 'FAILED';
}
