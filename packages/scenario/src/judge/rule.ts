import type {
  Check,
  Expectation,
  Measurements,
  Plan,
  RunEvent,
  TileMeasurement,
  ViewerMeasurement,
} from '@plugfest/model';
import type { Bounds } from './bounds.ts';

/** Everything that a verdict may rest on: the artefacts, nothing else. */
export interface Trace {
  readonly plan: Plan;
  readonly events: readonly RunEvent[];
  readonly measurements: Measurements;
}

/** What a rule finds about one thing; the judge adds level, citation and the rule's name. */
export type Finding = Pick<Check, 'title' | 'verdict' | 'measured' | 'limit' | 'participants' | 'evidence'> & {
  /** What the finding is about, appended to the rule's name: `lync:skype`. */
  readonly about: string;
};

/** One thing that can be expected; its limit, where it has a number, is a row of the limit profiles. */
export interface Rule {
  /** RFC and section, recommendation, or the seed rule; that of the limit goes before it. */
  readonly cites: string;
  /** Where there is nothing to judge, a rule that is no `must` says nothing; else that is `inconclusive`. */
  readonly mayBeSilent?: boolean;
  readonly judge: (trace: Trace, expectation: Expectation & { bounds: Bounds }) => Finding[];
}

/** Calls `judge` for each viewer and each other participant who joined. */
export function forEachPair(
  { plan, measurements }: Trace,
  participants: readonly string[] | undefined,
  judge: (viewer: string, other: string, measured: ViewerMeasurement | undefined) => Finding,
): Finding[] {
  const joined = plan.participants.map(({ id }) => id).filter((id) => measurements.joined.includes(id));
  const viewers = participants ? joined.filter((id) => participants.includes(id)) : joined;
  return viewers.flatMap((viewer) => {
    const measured = measurements.viewers.find((row) => row.viewer === viewer);
    return joined.filter((other) => other !== viewer).map((other) => judge(viewer, other, measured));
  });
}

export function tileOf(viewer: ViewerMeasurement | undefined, participant: string): TileMeasurement | undefined {
  return viewer?.tiles.find((tile) => tile.participant === participant);
}

/** The name as people read it. */
export function nameOf(plan: Plan, id: string): string {
  return plan.participants.find((participant) => participant.id === id)?.name ?? id;
}

export function captureEvidence(trace: Trace, viewer: string, note: string, atUs?: number): Check['evidence'] {
  const capture =
    trace.measurements.viewers.find((row) => row.viewer === viewer)?.capture.file ?? `captures/${viewer}.mkv`;
  return [{ file: capture, note, atUs: atUs ?? trace.measurements.mediaStartUs }];
}

/** `12.3` without a tail of zeros. */
export function round(value: number, digits = 1): string {
  return Number(value.toFixed(digits)).toString();
}
