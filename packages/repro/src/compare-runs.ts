import type { Measurements, Plan, RunEvent, VerdictFile } from '@plugfest/model';
import type { RunDirectory } from '@plugfest/scenario';
import type { Difference } from './difference.ts';
import { measurementDifferences } from './measurement-difference.ts';
import { signallingDifferences } from './signalling-difference.ts';

export type { Difference } from './difference.ts';

/** What of a run is held against another's. A run that was cut off has no measurements. */
export interface ComparedRun {
  readonly plan: Plan;
  readonly events: readonly RunEvent[];
  readonly measurements: Measurements | undefined;
  readonly verdict: VerdictFile;
}

/** @throws ArtefactError where there is no run */
export function readComparedRun(directory: RunDirectory): ComparedRun {
  let measurements: Measurements | undefined;
  try {
    measurements = directory.readMeasurements();
  } catch {
    measurements = undefined;
  }
  return {
    plan: directory.readPlan(),
    events: directory.readEvents(),
    measurements,
    verdict: directory.readVerdict(),
  };
}

/** Where two runs differ, causes before effects: the plan, the signalling with its descriptions, what was measured, what was judged. */
export function compareRuns(a: ComparedRun, b: ComparedRun): Difference[] {
  return [
    ...planDifferences(a.plan, b.plan),
    ...signallingDifferences(a.events, b.events),
    ...(a.measurements && b.measurements ? measurementDifferences(a.measurements, b.measurements) : []),
    ...checkDifferences(a.verdict, b.verdict),
  ];
}

function planDifferences(a: Plan, b: Plan): Difference[] {
  const rows = (plan: Plan): Map<string, string> =>
    new Map<string, string>([
      ['scenario', plan.scenario.id],
      ['seed', String(plan.seed)],
      ['variant', plan.variant],
      ['sabotage', plan.sabotage.map((one) => JSON.stringify(one)).join(' ') || 'none'],
      ...plan.participants.map(({ id, profile, clientVersion, network }): [string, string] => [
        `participant ${id}`,
        `${profile}${clientVersion ? ` ${clientVersion}` : ''}${network ? ` behind ${JSON.stringify(network)}` : ''}`,
      ]),
      ...Object.entries(plan.conference).map(([name, value]): [string, string] => [
        `conference ${name}`,
        String(value),
      ]),
      ...Object.entries(plan.environment).map(([name, value]): [string, string] => [`environment ${name}`, value]),
    ]);
  return sideBySide('plan', rows(a), rows(b), (name) => name !== 'seed');
}

function checkDifferences(a: VerdictFile, b: VerdictFile): Difference[] {
  const rows = ({ verdict, checks }: VerdictFile): Map<string, string> =>
    new Map([['the run’s verdict', verdict], ...checks.map(({ id, verdict }): [string, string] => [id, verdict])]);
  return sideBySide('check', rows(a), rows(b), () => true);
}

function sideBySide(
  kind: Difference['kind'],
  a: ReadonlyMap<string, string>,
  b: ReadonlyMap<string, string>,
  matters: (name: string) => boolean,
): Difference[] {
  const names = [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name));
  return names.map((where) => ({ kind, where, a: a.get(where), b: b.get(where), matters: matters(where) }));
}
