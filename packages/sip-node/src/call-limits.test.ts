import { expect, test } from 'vitest';
import { sdp } from './loopback-fixture.ts';
import { RaceScene } from './race-scene-fixture.ts';

test.each(['INFO', 'UPDATE', 'INVITE'])('endless %s ends the call; as many as allowed do not', async (method) => {
  const scene = await RaceScene.established({ agents: { callLimits: { requestsPerMinute: 20 } } });
  const send = (): Promise<unknown> =>
    method === 'INVITE' ? scene.call.reinvite(sdp('again')) : scene.call.sendRequest(method);
  for (let n = 0; n < 20; n++) {
    void send();
    await scene.network.pass(50);
  }
  expect(scene.theirs.state).toBe('established');
  // A minute later the count begins anew.
  await scene.network.pass(60_000, 100);
  for (let n = 0; n < 22 && scene.call.state === 'established'; n++) {
    void send();
    await scene.network.pass(50);
  }
  await scene.settle();
  expect(scene.ends).toEqual({ alice: 'remote-bye', bob: 'local-bye' });
  expect(scene.network.messages(method).length).toBeLessThanOrEqual(41);
});

test('never-ending 1xx: the INVITE is cancelled', async () => {
  const scene = await RaceScene.ringing({ agents: { callLimits: { maxProvisionals: 20 } } });
  for (let n = 0; n < 30 && scene.theirs.state !== 'terminated'; n++) {
    scene.theirs.progress({ statusCode: 183 });
    await scene.network.pass(50);
  }
  await scene.settle();
  expect(scene.network.messages('CANCEL')).toHaveLength(1);
  expect(scene.ends).toEqual({ alice: 'cancelled', bob: 'cancelled' });
});
