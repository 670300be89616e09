import assert from 'node:assert/strict';
import { sdp } from './loopback-fixture.ts';
import { MemoryNetwork, memoryUri, type Packet } from './memory-network-fixture.ts';
import type { IncomingSession, OutgoingSession, SessionEnd } from './session.ts';
import type { UserAgent } from './user-agent.ts';
import type { InviteOptions, UserAgentOptions } from './user-agent-options.ts';

/** Alice's call that rings at Bob, and the network that its messages cross on. */
export class RaceScene {
  readonly network: MemoryNetwork;
  readonly alice: UserAgent;
  readonly bob: UserAgent;
  readonly call: OutgoingSession;
  readonly theirs: IncomingSession;
  readonly ends: { alice: SessionEnd['reason'] | undefined; bob: SessionEnd['reason'] | undefined };

  private constructor(
    network: MemoryNetwork,
    agents: readonly [UserAgent, UserAgent],
    call: OutgoingSession,
    theirs: IncomingSession,
  ) {
    this.network = network;
    [this.alice, this.bob] = agents;
    this.call = call;
    this.theirs = theirs;
    this.ends = { alice: undefined, bob: undefined };
    for (const side of [call, theirs]) side.onReinvite = () => sdp('answer');
    void call.terminated.then(({ reason }) => {
      this.ends.alice = reason;
    });
    void theirs.terminated.then(({ reason }) => {
      this.ends.bob = reason;
    });
  }

  static async ringing(
    options: {
      readonly seed?: number;
      readonly invite?: InviteOptions;
      readonly agents?: Partial<UserAgentOptions>;
    } = {},
  ): Promise<RaceScene> {
    const network = new MemoryNetwork(10, options.seed);
    const alice = await network.agent('alice', options.agents);
    const bob = await network.agent('bob', options.agents);
    const incoming = Promise.withResolvers<IncomingSession>();
    bob.onInvite = incoming.resolve;
    const call = alice.invite(memoryUri(bob), options.invite ?? { body: sdp('offer').body });
    await network.pass(10);
    const theirs = await incoming.promise;
    theirs.ring();
    await network.pass(20);
    return new RaceScene(network, [alice, bob], call, theirs);
  }

  static async established(options: Parameters<typeof RaceScene.ringing>[0] = {}): Promise<RaceScene> {
    const scene = await RaceScene.ringing(options);
    scene.theirs.accept(sdp('answer'));
    await scene.network.pass(100);
    assert.deepEqual([scene.call.state, scene.theirs.state], ['established', 'established']);
    scene.network.log.length = 0;
    return scene;
  }

  /** The first `count` packets of that name and sender are lost. */
  lose(from: string, name: string, count = 1): void {
    let left = count;
    this.network.fateOf = (packet: Packet) =>
      packet.from === from && packet.name === name && left-- > 0 ? 'lost' : undefined;
  }

  /** What is left when all is over. */
  async settle(): Promise<void> {
    await this.network.pass(200);
    await this.network.pass(70_000, 50);
    assert.deepEqual([this.alice.statistics.transactions, this.bob.statistics.transactions], [0, 0]);
    const up = [this.ends.alice, this.ends.bob].map((reason) => Number(reason === undefined));
    assert.deepEqual([this.alice.sessions.size, this.bob.sessions.size], up);
  }
}
