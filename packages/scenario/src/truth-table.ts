import { type FederationPolicy, type FederationRule, SERVICES, type Service } from '@plugfest/federation';
import type { ScenarioDefinition } from './definition.ts';

/** One combination of all that decides. */
export interface Truth {
  readonly setting: 'allow-invites-block-other' | 'allow-anyone';
  /** The person called has the caller on the list. */
  readonly calleeListsCaller: boolean;
  readonly callerListsCallee: boolean;
  readonly service: Service;
  readonly provider: 'enabled' | 'disabled';
  readonly user: 'enabled' | 'not enabled';
  readonly clientVersion: string;
}

export type TruthOutcome =
  | 'allowed'
  | 'shown'
  | 'hidden'
  | { readonly refusedBy: FederationRule; readonly statusCode: number };

/** What is true of the combinations that fit, unless a row before it fits too. */
export interface TruthRow {
  readonly when: { readonly [K in keyof Truth]?: Truth[K] | readonly Truth[K][] };
  readonly gives: TruthOutcome;
  /** Where it is written, or [M] for a modelling choice. */
  readonly source: string;
}

export interface TruthTable {
  /** `user@domain` of the public provider. */
  readonly caller: string;
  /** Domain of the people called; each combination of lists and settings is one of them. */
  readonly domain: string;
  readonly clientVersions: readonly string[];
  readonly privacyStatusCode: FederationPolicy['privacyStatusCode'];
  /** The first that fits counts; a combination that none fits is a fault of the table. */
  readonly rows: readonly TruthRow[];
}

const BOOLEANS = [true, false] as const;

/** Every combination, in a fixed order. */
export function combinationsOf({ clientVersions }: Pick<TruthTable, 'clientVersions'>): Truth[] {
  const all: Truth[] = [];
  for (const provider of ['enabled', 'disabled'] as const)
    for (const user of ['enabled', 'not enabled'] as const)
      for (const setting of ['allow-invites-block-other', 'allow-anyone'] as const)
        for (const calleeListsCaller of BOOLEANS)
          for (const callerListsCallee of BOOLEANS)
            for (const clientVersion of clientVersions)
              for (const service of SERVICES)
                all.push({ setting, calleeListsCaller, callerListsCallee, service, provider, user, clientVersion });
  return all;
}

/** The row that speaks of a combination. @throws RangeError where none does */
export function truthOf(truth: Truth, rows: readonly TruthRow[]): TruthRow {
  const found = rows.find(({ when }) =>
    (Object.keys(when) as (keyof Truth)[]).every((key) => [when[key]].flat().includes(truth[key] as never)),
  );
  if (!found) throw new RangeError(`the table says nothing of ${JSON.stringify(truth)}`);
  return found;
}

/** The scenario of a truth table: every combination is asked for over real edges, and must come out as its row says. */
export function truthTable(
  texts: Pick<ScenarioDefinition, 'title'> & { readonly story?: string },
  table: TruthTable,
): ScenarioDefinition<never> {
  return {
    ...texts,
    truthTable: table,
    participants: {},
    steps: ({ asksEverything }) => asksEverything(),
    expects: [{ rule: 'truth', level: 'must' }],
  };
}
