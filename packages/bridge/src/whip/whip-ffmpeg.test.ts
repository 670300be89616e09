import { join } from 'node:path';
import { spawnOwned } from '@plugfest/host';
import { FormatContext } from 'node-av';
import { expect, test } from 'vitest';
import { startBridge } from '../start-bridge.ts';

const hasMuxer = new FormatContext().allocOutputContext2(null, 'whip', 'http://127.0.0.1:9/') >= 0;
if (!hasMuxer) console.warn('skipped, FFmpeg as a publisher: this build has no WHIP muxer (FFmpeg 8 brings it)');

interface Statistics {
  readonly audio: { readonly decodeFaults: number; readonly received: { readonly received: number } };
  readonly video: { readonly decodeFaults: number; readonly framesDecoded: number };
}

test.skipIf(!hasMuxer)('FFmpeg publishes by its own WHIP, ICE and DTLS, and ends its session', async () => {
  await using bridge = await startBridge();
  const told: Record<string, unknown>[] = [];
  bridge.events.subscribe(({ type, data }) => {
    if (type.startsWith('participant.')) told.push({ type, ...data });
  }, 0);
  const script = join(import.meta.dirname, 'ffmpeg-publisher-fixture.ts');
  const endpoint = `${bridge.controlUrl}/whip/meeting?user=studio&name=Studio`;
  await using ffmpeg = spawnOwned(process.execPath, [script, endpoint, '200', '1000'], {
    name: 'ffmpeg',
    stdin: 'pipe',
  });
  ffmpeg.stdout.resume();
  const timeout = 9000;
  await expect.poll(() => told, { timeout, message: ffmpeg.stderrTail() }).toHaveLength(1);
  expect(told[0]).toMatchObject({
    type: 'participant.joined',
    participant: {
      uri: 'sip:studio@bridge.example',
      displayName: 'Studio',
      signalling: 'whip',
      legClass: 'webrtc',
      security: 'dtls-srtp',
      codecs: { audio: 'opus', video: 'H264' },
    },
  });
  const statistics = async (): Promise<Statistics | undefined> => {
    const answer = await (await fetch(`${bridge.controlUrl}/statistics`)).json();
    return (answer as { participants: Statistics[] }).participants[0];
  };
  await expect.poll(async () => (await statistics())?.video.framesDecoded, { timeout }).toBeGreaterThan(3);
  await expect.poll(async () => (await statistics())?.audio.received.received, { timeout }).toBeGreaterThan(10);
  expect(await statistics()).toMatchObject({ audio: { decodeFaults: 0 }, video: { decodeFaults: 0 } });
  ffmpeg.stdin?.end();
  await expect.poll(() => told.at(-1), { timeout }).toMatchObject({ type: 'participant.left', reason: 'remote-bye' });
});
