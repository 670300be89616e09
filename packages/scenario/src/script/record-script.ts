import type { ParticipantSpec, ScenarioDefinition, Stage } from '../definition.ts';
import type { ScriptedScenario, ScriptedStep } from './scripted-scenario.ts';

/** Thrown for a scenario whose story cannot be told without being lived. */
export class NotScriptable extends Error {
  readonly code = 'not-scriptable';
}

/**
 * Plays a scenario's story before an empty stage and writes down what it asks for: what was done at the same time comes one after the other.
 * @throws NotScriptable
 */
export async function recordScript(definition: ScenarioDefinition, satisfied: boolean): Promise<ScriptedScenario> {
  if (definition.bug || definition.truthTable || definition.lync)
    throw new NotScriptable('this scenario is a conversation, of which nothing can be left out');
  const breaks = satisfied ? undefined : definition.twin?.breaks;
  const participants = Object.fromEntries(
    Object.entries(definition.participants).map(([id, spec]): [string, ParticipantSpec] => [
      id,
      { ...spec, ...breaks?.participants?.[id] },
    ]),
  );
  const federation = definition.federation && { ...definition.federation, ...breaks?.federation };
  return {
    title: definition.title,
    story: definition.story ?? '',
    ...(definition.conference ? { conference: definition.conference } : {}),
    ...(federation ? { federation } : {}),
    participants,
    peers: definition.peers ?? {},
    ...(definition.replay ? { replay: definition.replay } : {}),
    sabotage: definition.sabotage ?? [],
    steps: await stepsOf(definition),
    expects: definition.expects,
  };
}

async function stepsOf(definition: ScenarioDefinition): Promise<ScriptedStep[]> {
  const steps: ScriptedStep[] = [];
  const actor = (of: ScriptedStep['of'], id?: string): object =>
    new Proxy(id === undefined ? {} : { id }, {
      get: (own, does) => {
        // An actor that is awaited is no promise.
        if (typeof does !== 'string' || does === 'then') return undefined;
        if (does in own) return Reflect.get(own, does);
        return async (...args: readonly unknown[]) => {
          steps.push({ of, ...(id === undefined ? {} : { id }), does, with: args });
        };
      },
    });
  const each = (of: 'participants' | 'peers'): object =>
    Object.fromEntries(Object.keys(definition[of] ?? {}).map((id) => [id, actor(of, id)]));
  const parts: Readonly<Record<string, object>> = {
    participants: each('participants'),
    peers: each('peers'),
    everyone: actor('everyone'),
    conference: actor('conference'),
  };
  const alone = actor('stage');
  const stage = new Proxy(parts, { get: (own, name) => Reflect.get(own, name) ?? Reflect.get(alone, name) });
  await definition.steps(stage as unknown as Stage<string>);
  return steps;
}
