import type { Plan } from '@plugfest/model';
import type { Actor, Everyone, PeerActor, ScenarioDefinition, Stage } from '../definition.ts';
import type { EventLog } from '../event-log.ts';
import { kebab } from '../expand.ts';
import { replayCall } from '../replay/replay-call.ts';
import { SABOTAGES } from '../sabotage.ts';
import { askEverything } from './ask-everything.ts';
import { reached } from './barrier.ts';
import { converse } from './conversation.ts';
import { watchLoad } from './harness-load.ts';
import type { OpenSet } from './open-set.ts';
import type { ParticipantActor } from './participant-actor.ts';
import type { RunContext } from './run-context.ts';
import { everyoneIsShown } from './view-watch.ts';

/** What the steps of a scenario act on. */
export function stageOf(
  definition: ScenarioDefinition,
  plan: Plan,
  set: OpenSet,
  { clock, signal, onStage }: RunContext,
  log: EventLog,
): Stage<string> {
  const ids = Object.keys(definition.participants);
  const actorOf = (id: string): ParticipantActor => {
    const actor = set.actors.find((candidate) => candidate.id === kebab(id));
    if (!actor) throw new Error(`no participant “${id}”`);
    return actor;
  };
  const peerOf = (id: string): PeerActor => {
    const peer = set.peers[kebab(id)];
    if (!peer) throw new Error(`no peer “${id}”`);
    return peer;
  };
  const all = async (act: (actor: Actor) => Promise<void>): Promise<void> => {
    await Promise.all(set.actors.map(act));
  };
  const everyone: Everyone = {
    async joins() {
      onStage('join');
      await all((actor) => actor.joins());
    },
    async receivesMedia() {
      onStage('media');
      await all((actor) => actor.receivesMedia());
    },
    async isShownToEveryone() {
      await set.bridge.tellsViews();
      const joined = set.actors.filter((actor) => actor.joined).map(({ id }) => id);
      await reached(log, 'everyone is shown to everyone', everyoneIsShown(joined), signal);
    },
    async hangsUp() {
      onStage('hang-up');
      await all((actor) => actor.hangsUp());
    },
  };
  return {
    participants: Object.fromEntries(ids.map((id) => [id, actorOf(id)])),
    peers: Object.fromEntries(Object.keys(definition.peers ?? {}).map((id) => [id, peerOf(id)])),
    everyone,
    conference: {
      switchesLayout: (layout) => set.bridge.switchLayout(layout),
      putsInSpotlight: (...participants) => set.bridge.spotlight(participants.map(kebab)),
    },
    async converses(as) {
      if (!definition.bug) throw new Error('the scenario has no bug to converse about');
      onStage(as);
      await converse(definition.bug, as, set.conversation);
    },
    get lync() {
      if (!set.lync) throw new Error('the scenario has no Lync client');
      return set.lync;
    },
    async replays() {
      if (!definition.replay) throw new Error('the scenario has no captured call to play');
      onStage('replay');
      await replayCall(definition.replay, { ...set.conversation, scenarioFile: plan.scenario.file });
    },
    async asksEverything() {
      if (!definition.truthTable) throw new Error('the scenario has no truth table');
      onStage('asking');
      await askEverything(definition.truthTable, set.asking);
    },
    async measure({ seconds }) {
      onStage(`measuring ${seconds} s`);
      for (const sabotage of plan.sabotage)
        if (SABOTAGES[sabotage.kind].by === 'bridge') await set.bridge.sabotage(sabotage);
      const load = watchLoad();
      log.emit('media.started', undefined, { seconds });
      await new Promise<void>((resolve) => clock.schedule(seconds * 1000, resolve));
      log.emit('media.stopped');
      log.emit('harness.load', undefined, { ...load() });
    },
  };
}
