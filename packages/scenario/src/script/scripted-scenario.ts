import type { FederationPolicy } from '@plugfest/federation';
import type { Expectation } from '@plugfest/model';
import type { ParticipantSpec, PeerSpec, ScenarioDefinition } from '../definition.ts';
import type { RecordedCall } from '../replay/recorded-call.ts';

/** One call of the story: `everyone.joins()`, `participants.room.holds({ seconds: 2 })`, `measure({ seconds: 1 })`. */
export interface ScriptedStep {
  /** `everyone`, `conference`, `participants`, `peers`; `stage` for what stands alone. */
  readonly of: 'everyone' | 'conference' | 'participants' | 'peers' | 'stage';
  /** Which participant or peer. */
  readonly id?: string;
  readonly does: string;
  readonly with: readonly unknown[];
}

/** A scenario as data: its story is a list, so that parts of it can be left out. */
export interface ScriptedScenario {
  readonly title: string;
  readonly story: string;
  readonly conference?: NonNullable<ScenarioDefinition['conference']>;
  readonly federation?: FederationPolicy;
  readonly participants: Readonly<Record<string, ParticipantSpec>>;
  readonly peers: Readonly<Record<string, PeerSpec>>;
  readonly replay?: RecordedCall;
  /** As on the command line: `room:event-clock`. */
  readonly sabotage: readonly string[];
  readonly steps: readonly ScriptedStep[];
  readonly expects: readonly Expectation[];
}

/** A scenario whose story is that list. */
export function definitionOf(script: ScriptedScenario): ScenarioDefinition {
  const { steps, ...rest } = script;
  return {
    ...rest,
    async steps(stage) {
      for (const step of steps) await perform(stage, step);
    },
  };
}

type Act = (...args: readonly unknown[]) => Promise<void>;

/** @throws where the stage has no such thing */
async function perform(stage: object, { of, id, does, with: args }: ScriptedStep): Promise<void> {
  const group = of === 'stage' ? stage : (stage as Record<string, object>)[of];
  const actor = id === undefined ? group : (group as Record<string, object>)[id];
  const act = (actor as Record<string, Act> | undefined)?.[does];
  if (!actor || !act) throw new Error(`the story has no ${[of, id, does].filter(Boolean).join('.')}`);
  await act.apply(actor, [...args]);
}
