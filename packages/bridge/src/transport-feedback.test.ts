import { expect, test } from 'vitest';
import { startBridge } from './start-bridge.ts';
import { hasWrtc, WrtcPeer } from './wrtc-process-fixture.ts';

test.skipIf(!hasWrtc)('libwebrtc learns of its path by our feedback about when its packets came', async () => {
  await using bridge = await startBridge({ conference: { layout: 'single' } });
  await using told = new WrtcPeer(bridge.addresses.ws, 'Told', 60, 400, 'all', 'goog-remb');
  await using untold = new WrtcPeer(bridge.addresses.ws, 'Untold', 200, 1000, 'all', 'goog-remb|transport-cc');
  const timeout = 9000;
  await expect.poll(() => untold.seen.luma, { timeout, message: untold.complaints }).toBeGreaterThan(0);
  await expect.poll(() => told.seen.outgoingBps, { timeout, message: told.complaints }).toBeGreaterThan(1_000_000);
  // It begins with 300 kbit/s, and without word of its path goes up by 8 % a second.
  expect(untold.seen.outgoingBps).toBeLessThan(500_000);
});
