import { execFile } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { findTool, openTemporaryDirectory } from '@plugfest/host';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { BridgeProcess } from './bridge-process.ts';
import { ScriptedPeer } from './scripted-peer-fixture.ts';
import { type RunningBridge, startBridge } from './start-bridge.ts';

const run = promisify(execFile);
let directory: string;

beforeEach(async (context) => {
  if (!(await findTool('ffmpeg')).found) return context.skip('no ffmpeg');
  const temporary = await openTemporaryDirectory('bridge-recording-');
  directory = temporary.path;
  return () => temporary[Symbol.asyncDispose]();
});

async function request(url: string, method: string, path: string): Promise<{ status: number; body: Answer }> {
  const response = await fetch(`${url}${path}`, { method });
  return { status: response.status, body: (await response.json()) as Answer };
}
interface Answer {
  readonly file: string;
  readonly fault?: string;
  readonly pictures: number;
  readonly bytes: number;
}

async function join(bridge: Pick<RunningBridge, 'addresses'>, name: string, grey: number, hz: number): Promise<void> {
  const { peer } = await ScriptedPeer.call({ name, target: bridge.addresses.udp });
  onTestFinished(() => peer[Symbol.asyncDispose]());
  peer.live(grey, hz);
}

interface Facts {
  readonly streams: readonly { readonly codec_name: string; readonly width?: number; readonly height?: number }[];
  readonly format: { readonly duration?: string };
}

/** What the ffprobe program says of a file. */
async function probe(file: string): Promise<Facts> {
  const { stdout } = await run('ffprobe', ['-v', 'error', '-show_streams', '-show_format', '-of', 'json', file]);
  return JSON.parse(stdout) as Facts;
}

/** Every picture of a file as ffmpeg decodes it, 16×9 in grey; it fails on the first fault. */
async function pictures(file: string): Promise<Buffer[]> {
  const args = ['-v', 'error', '-xerror', '-i', file, '-map', '0:v', '-vf', 'scale=16:9:flags=area,format=gray'];
  const { stdout } = await run('ffmpeg', [...args, '-f', 'rawvideo', '-'], { encoding: 'buffer', maxBuffer: 1e8 });
  return Array.from({ length: stdout.length / 144 }, (_, at) => stdout.subarray(at * 144, (at + 1) * 144));
}

async function sound(file: string): Promise<Int16Array> {
  const args = ['-v', 'error', '-i', file, '-map', '0:a', '-ac', '1', '-ar', '8000', '-f', 's16le', '-'];
  const { stdout } = await run('ffmpeg', args, { encoding: 'buffer', maxBuffer: 1e8 });
  return new Int16Array(Uint8Array.from(stdout).buffer);
}

/** Amplitude of a tone, full scale 1. */
function toneLevel(samples: Int16Array, frequencyHz: number): number {
  let [re, im] = [0, 0];
  for (const [n, sample] of samples.entries()) {
    re += sample * Math.cos((2 * Math.PI * frequencyHz * n) / 8000);
    im += sample * Math.sin((2 * Math.PI * frequencyHz * n) / 8000);
  }
  return (2 * Math.hypot(re, im)) / samples.length / 32_768;
}

describe('a recording', () => {
  test('has all who are seen and heard, is whole when it was stopped, and as long as it was', async () => {
    await using bridge = await startBridge({ conference: { layout: 'equal-2x2' }, recordings: directory });
    await join(bridge, 'Anna', 60, 500);
    await join(bridge, 'Ben', 200, 900);
    const stopped: unknown[] = [];
    bridge.events.subscribe(({ type, data }) => {
      if (type === 'recording.stopped') stopped.push(data);
    }, 0);
    const started = await request(bridge.controlUrl, 'POST', '/conferences/meeting/recording');
    expect(started).toMatchObject({ status: 200, body: { file: expect.stringContaining(directory) } });
    const sinceMs = performance.now();
    expect((await request(bridge.controlUrl, 'POST', '/conferences/meeting/recording')).status).toBe(409);
    await new Promise((resolve) => setTimeout(resolve, 1600));
    const tookS = (performance.now() - sinceMs) / 1000;
    const { body } = await request(bridge.controlUrl, 'DELETE', '/conferences/meeting/recording');
    expect(body.fault).toBeUndefined();
    expect(body.bytes).toBe(statSync(body.file).size);
    expect(stopped).toMatchObject([{ conference: 'meeting', file: body.file }]);

    const { streams, format } = await probe(body.file);
    expect(streams.map(({ codec_name }) => codec_name)).toEqual(['h264', 'opus']);
    expect(streams[0]).toMatchObject({ width: 640, height: 360 });
    expect(Math.abs(Number(format.duration) - tookS)).toBeLessThan(0.4);
    const seen = await pictures(body.file);
    expect(seen).toHaveLength(body.pictures);
    expect(Math.abs(seen.length / 15 - tookS)).toBeLessThan(0.3);
    // Seats of the first two: row 3 of 9, columns 4 and 12 of 16.
    const last = seen.at(-1) as Buffer;
    expect(Math.abs((last[2 * 16 + 4] as number) - luma(60))).toBeLessThan(14);
    expect(Math.abs((last[2 * 16 + 12] as number) - luma(200))).toBeLessThan(14);
    const heard = (await sound(body.file)).subarray(-8000);
    expect(toneLevel(heard, 500)).toBeGreaterThan(0.1);
    expect(toneLevel(heard, 900)).toBeGreaterThan(0.1);
    expect(toneLevel(heard, 700)).toBeLessThan(0.02);
  });

  test('ends with the last who leaves, and another can begin', async () => {
    await using bridge = await startBridge({ recordings: directory });
    const ended = next(bridge, 'recording.stopped');
    const { peer } = await ScriptedPeer.call({ name: 'Anna', target: bridge.addresses.udp });
    await using anna = peer;
    await expect.poll(() => anna.packets.video.length).toBeGreaterThan(2);
    await request(bridge.controlUrl, 'POST', '/conferences/meeting/recording');
    await expect.poll(() => readdirSync(directory).length, { timeout: 8000 }).toBe(1);
    await anna.call.bye();
    await ended;
    const [file] = readdirSync(directory);
    expect((await probe(`${directory}/${file}`)).streams).toHaveLength(2);
  });

  test('is refused where there is no directory for it, and tells where that cannot be written', async () => {
    await using none = await startBridge();
    await join(none, 'Anna', 60, 500);
    await expect
      .poll(async () => (await request(none.controlUrl, 'POST', '/conferences/meeting/recording')).status)
      .toBe(409);
    await using wrong = await startBridge({ recordings: `${directory}/not/there` });
    const ended = next(wrong, 'recording.stopped');
    await join(wrong, 'Ben', 60, 500);
    const start = () => request(wrong.controlUrl, 'POST', '/conferences/meeting/recording');
    await expect.poll(async () => (await start()).status).toBe(200);
    expect((await ended).fault).toMatch(/No such file or directory/);
  });
});

test('what was recorded until the bridge was killed can be read', async () => {
  await using bridge = await BridgeProcess.start({ recordings: directory, conference: { layout: 'single' } });
  await join(bridge, 'Anna', 60, 500);
  await join(bridge, 'Ben', 200, 900);
  await expect
    .poll(async () => (await request(bridge.controlUrl, 'POST', '/conferences/meeting/recording')).status)
    .toBe(200);
  await expect.poll(() => readdirSync(directory).length, { timeout: 8000 }).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 1600));
  process.kill(bridge.pid, 'SIGKILL');
  await bridge.exited;
  const file = `${directory}/${readdirSync(directory)[0]}`;
  const seen = await pictures(file).catch((fault: unknown) => fault);
  expect(seen).toBeInstanceOf(Array);
  expect((seen as Buffer[]).length).toBeGreaterThan(8);
  expect((await sound(file)).length).toBeGreaterThan(4000);
});

/** Grey of limited range as ffmpeg makes it of full range. */
function luma(limited: number): number {
  return ((limited - 16) * 255) / 219;
}

/** The data of the next event of that type. */
function next(bridge: RunningBridge, wanted: string): Promise<Record<string, unknown>> {
  return new Promise((resolve) => {
    bridge.events.subscribe(({ type, data }) => {
      if (type === wanted) resolve(data);
    }, 0);
  });
}
