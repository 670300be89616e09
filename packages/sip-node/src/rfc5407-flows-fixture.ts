import { sdp } from './loopback-fixture.ts';
import { RaceScene } from './race-scene-fixture.ts';
import type { SessionEnd } from './session.ts';

type Reason = SessionEnd['reason'] | undefined;

export interface RaceFlow {
  readonly section: string;
  readonly title: string;
  readonly play: () => Promise<RaceScene>;
  /** Each message on the way, in the order in which they were sent. */
  readonly messages: readonly string[];
  /** Undefined: the session is still up. */
  readonly ends: { readonly alice: Reason; readonly bob: Reason };
}

const UP = { alice: undefined, bob: undefined };

/** Rings; the log begins with what follows. */
async function ringing(options: Parameters<typeof RaceScene.ringing>[0] = {}): Promise<RaceScene> {
  const scene = await RaceScene.ringing(options);
  scene.network.log.length = 0;
  return scene;
}

/** §3.1: the callee has sent its 200, and the ACK has not come. */
const MORATORIUM: readonly RaceFlow[] = [
  {
    section: '3.1.1',
    title: 'the INVITE comes again after the 200',
    async play() {
      const scene = await RaceScene.ringing();
      const [invite] = scene.network.messages('INVITE');
      scene.network.log.length = 0;
      scene.lose('bob', '200 INVITE');
      scene.theirs.accept(sdp('answer'));
      if (invite !== undefined) scene.network.replay('alice', 'bob', invite);
      await scene.settle();
      return scene;
    },
    // RFC 6026 §7.1 has the transaction absorb the INVITE; the 200 is the TU's to repeat.
    messages: ['bob→alice 200 INVITE', 'alice→bob INVITE', 'bob→alice 200 INVITE', 'alice→bob ACK'],
    ends: UP,
  },
  {
    section: '3.1.2',
    title: 'CANCEL crosses the 200',
    async play() {
      const scene = await ringing();
      scene.theirs.accept(sdp('answer'));
      scene.call.cancel();
      await scene.settle();
      return scene;
    },
    messages: [
      'bob→alice 200 INVITE',
      'alice→bob CANCEL',
      'bob→alice 200 CANCEL',
      'alice→bob ACK',
      'alice→bob BYE',
      'bob→alice 200 BYE',
    ],
    ends: { alice: 'cancelled', bob: 'remote-bye' },
  },
  {
    section: '3.1.3',
    title: 'BYE of the early dialog crosses the 200',
    async play() {
      const scene = await ringing();
      scene.theirs.accept(sdp('answer'));
      void scene.call.sendRequest('BYE');
      await scene.settle();
      return scene;
    },
    messages: ['bob→alice 200 INVITE', 'alice→bob BYE', 'bob→alice 200 BYE', 'alice→bob ACK'],
    ends: { alice: 'local-bye', bob: 'remote-bye' },
  },
  {
    section: '3.1.4',
    title: 're-INVITE comes before the ACK, offer and answer are complete',
    async play() {
      const scene = await ringing();
      scene.network.fateOf = ({ name, from }) => (name === 'ACK' && from === 'alice' ? 200 : undefined);
      scene.theirs.accept(sdp('answer'));
      await scene.network.pass(15);
      scene.network.fateOf = undefined;
      void scene.call.reinvite(sdp('again'));
      await scene.settle();
      return scene;
    },
    messages: ['bob→alice 200 INVITE', 'alice→bob ACK', 'alice→bob INVITE', 'bob→alice 200 INVITE', 'alice→bob ACK'],
    ends: UP,
  },
  {
    section: '3.1.5',
    title: 're-INVITE comes before the ACK that has the answer',
    async play() {
      const scene = await ringing({ invite: {} });
      scene.theirs.accept(sdp('late offer'));
      await scene.network.pass(15);
      scene.network.fateOf = ({ name }) => (name === 'ACK' ? 200 : undefined);
      scene.call.ack(sdp('answer'));
      await scene.network.pass(5);
      scene.network.fateOf = undefined;
      void scene.call.reinvite(sdp('again'));
      await scene.settle();
      return scene;
    },
    messages: [
      'bob→alice 200 INVITE',
      'alice→bob ACK',
      'alice→bob INVITE',
      'bob→alice 491 INVITE',
      'alice→bob ACK',
      'alice→bob INVITE',
      'bob→alice 200 INVITE',
      'alice→bob ACK',
    ],
    ends: UP,
  },
  {
    section: '3.1.6',
    title: 'BYE comes before the ACK',
    async play() {
      const scene = await ringing();
      scene.lose('alice', 'ACK');
      scene.theirs.accept(sdp('answer'));
      await scene.network.pass(495);
      void scene.call.bye();
      await scene.settle();
      return scene;
    },
    // The 200 is repeated while the BYE is on its way: it is acknowledged although the caller has hung up.
    messages: [
      'bob→alice 200 INVITE',
      'alice→bob ACK',
      'alice→bob BYE',
      'bob→alice 200 INVITE',
      'bob→alice 200 BYE',
      'alice→bob ACK',
    ],
    ends: { alice: 'local-bye', bob: 'remote-bye' },
  },
];

/** §3.2: one side has sent its BYE. */
const MORTAL: readonly RaceFlow[] = [
  {
    section: '3.2.1',
    title: 'BYE crosses BYE',
    async play() {
      const scene = await RaceScene.established();
      void scene.call.bye();
      void scene.theirs.bye();
      await scene.settle();
      return scene;
    },
    messages: ['alice→bob BYE', 'bob→alice BYE', 'bob→alice 200 BYE', 'alice→bob 200 BYE'],
    ends: { alice: 'remote-bye', bob: 'remote-bye' },
  },
  {
    section: '3.2.2',
    title: 're-INVITE crosses BYE',
    async play() {
      const scene = await RaceScene.established();
      void scene.call.bye();
      void scene.theirs.reinvite(sdp('too late'));
      await scene.settle();
      return scene;
    },
    messages: ['alice→bob BYE', 'bob→alice INVITE', 'bob→alice 200 BYE', 'alice→bob 481 INVITE', 'bob→alice ACK'],
    ends: { alice: 'local-bye', bob: 'remote-bye' },
  },
  {
    section: '3.2.3',
    title: 'the 200 of a re-INVITE crosses BYE',
    async play() {
      const scene = await RaceScene.established();
      void scene.theirs.reinvite(sdp('refresh'));
      await scene.network.pass(15);
      void scene.theirs.bye();
      await scene.settle();
      return scene;
    },
    messages: ['bob→alice INVITE', 'alice→bob 200 INVITE', 'bob→alice BYE', 'bob→alice ACK', 'alice→bob 200 BYE'],
    ends: { alice: 'remote-bye', bob: 'local-bye' },
  },
  {
    section: '3.2.4',
    title: 'ACK comes after the callee has hung up for want of it',
    async play() {
      const scene = await ringing();
      scene.network.fateOf = ({ name }) => (name === 'ACK' ? 32_005 : undefined);
      scene.theirs.accept(sdp('answer'));
      await scene.settle();
      return scene;
    },
    messages: [
      // At T1, doubling up to T2, until 64·T1; each has its ACK.
      ...Array.from({ length: 11 }, () => ['bob→alice 200 INVITE', 'alice→bob ACK']).flat(),
      'bob→alice BYE',
      'alice→bob 200 BYE',
    ],
    ends: { alice: 'remote-bye', bob: 'local-bye' },
  },
];

/** §3.3 */
const OTHERS: readonly RaceFlow[] = [
  {
    section: '3.3.1',
    title: 're-INVITE crosses re-INVITE',
    async play() {
      const scene = await RaceScene.established();
      void scene.call.reinvite(sdp('a'));
      void scene.theirs.reinvite(sdp('b'));
      await scene.settle();
      return scene;
    },
    messages: [
      'alice→bob INVITE',
      'bob→alice INVITE',
      'bob→alice 491 INVITE',
      'alice→bob 491 INVITE',
      'alice→bob ACK',
      'bob→alice ACK',
      'bob→alice INVITE',
      'alice→bob 200 INVITE',
      'bob→alice ACK',
      'alice→bob INVITE',
      'bob→alice 200 INVITE',
      'alice→bob ACK',
    ],
    ends: UP,
  },
  {
    section: '3.3.2',
    title: 'UPDATE crosses re-INVITE',
    async play() {
      const scene = await RaceScene.established();
      void scene.call.update(sdp('a'));
      void scene.theirs.reinvite(sdp('b'));
      await scene.settle();
      return scene;
    },
    messages: [
      'alice→bob UPDATE',
      'bob→alice INVITE',
      'bob→alice 491 UPDATE',
      'alice→bob 491 INVITE',
      'bob→alice ACK',
      'bob→alice INVITE',
      'alice→bob 200 INVITE',
      'bob→alice ACK',
      'alice→bob UPDATE',
      'bob→alice 200 UPDATE',
    ],
    ends: UP,
  },
  {
    section: '3.3.3',
    title: 'REFER crosses BYE',
    async play() {
      const scene = await RaceScene.established();
      void scene.theirs.bye();
      void scene.call.sendRequest('REFER', { headers: [{ name: 'Refer-To', value: '<sip:carol@127.0.0.1>' }] });
      await scene.settle();
      return scene;
    },
    messages: ['alice→bob REFER', 'bob→alice BYE', 'bob→alice 481 REFER', 'alice→bob 200 BYE'],
    ends: { alice: 'remote-bye', bob: 'local-bye' },
  },
];

/** Every flow of RFC 5407 §3. */
export const RACE_FLOWS: readonly RaceFlow[] = [...MORATORIUM, ...MORTAL, ...OTHERS];
