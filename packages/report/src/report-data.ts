import type { Measurements, Plan, RunEvent, SipMessageEvent, VerdictFile } from '@plugfest/model';

/** All that the report page shows: the artefacts of one run, with the pictures inside. */
export interface ReportData {
  readonly verdict: VerdictFile;
  readonly plan: Plan | null;
  readonly measurements: Measurements | null;
  /** Everything but SIP messages and packets. */
  readonly events: readonly RunEvent[];
  readonly sip: readonly (SipMessageEvent & { readonly atUs: number })[];
  /** Participant to `data:` URI of what it saw. */
  readonly pictures: Readonly<Record<string, string>>;
  /** Files of the evidence, relative to the run's directory, with their sizes in bytes. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}
