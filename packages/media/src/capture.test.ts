import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTool, openTemporaryDirectory, type TemporaryDirectory } from '@plugfest/host';
import type { VideoFrame } from '@plugfest/model';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CaptureFault, type CaptureItem, readCapture } from './capture-reader.ts';
import { CaptureWriter } from './capture-writer.ts';

const SIZE = { width: 320, height: 180 };
const START_US = 5_000_123;
let directory: TemporaryDirectory;
beforeAll(async () => {
  directory = await openTemporaryDirectory('capture-test');
});
afterAll(async () => {
  await directory[Symbol.asyncDispose]();
});

function picture(n: number): VideoFrame {
  const data = Uint8Array.from(
    { length: (SIZE.width * SIZE.height * 3) / 2 },
    (_, i) => ((i * 7 + n * 13) % 211) + ((i >> 7) & 31),
  );
  return { ...SIZE, data, ptsUs: START_US + n * 66_667 };
}

async function write(path: string, frames: number): Promise<CaptureWriter> {
  const writer = CaptureWriter.open(path, { video: SIZE, audio: { sampleRateHz: 48_000, channels: 1 } });
  for (let n = 0; n < frames; n++) {
    // Sound may begin a little before the first picture was made.
    writer.writeVideo(picture(n));
    writer.writeAudio({
      samples: new Int16Array(3200).fill(n),
      sampleRateHz: 48_000,
      channels: 1,
      ptsUs: START_US - 30_000 + n * 66_667,
    });
    if (n % 20 === 19) await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return writer;
}

async function read(path: string): Promise<{ frames: VideoFrame[]; items: CaptureItem[] }> {
  const items: CaptureItem[] = [];
  for await (const item of readCapture(path)) items.push(item);
  return { items, frames: items.flatMap((item) => (item.kind === 'video' ? [item.frame] : [])) };
}

it('reads back every bit of the pictures and the sound, with times to the millisecond', async () => {
  const path = join(directory.path, 'whole.mkv');
  const writer = await write(path, 40);
  await writer.close();
  const { frames, items } = await read(path);
  expect(writer.droppedFrames).toBe(0);
  expect(frames.length).toBe(40);
  for (const [n, frame] of frames.entries()) {
    expect(Buffer.compare(frame.data, picture(n).data)).toBe(0);
    expect(Math.abs(frame.ptsUs - picture(n).ptsUs)).toBeLessThanOrEqual(1000);
  }
  const sound = items.flatMap((item) => (item.kind === 'audio' ? [item.chunk] : []));
  expect(sound.flatMap(({ samples }) => Array.from(samples))).toEqual(
    Array.from({ length: 40 }, (_, n) => new Array(3200).fill(n)).flat(),
  );
  expect(Math.abs((sound[0]?.ptsUs ?? 0) - (START_US - 30_000))).toBeLessThanOrEqual(1000);
});

it('is the same to the ffmpeg command', async (context) => {
  const ffmpeg = await findTool('ffmpeg');
  if (!ffmpeg.found) return context.skip(`no ffmpeg: ${ffmpeg.reason}`);
  const path = join(directory.path, 'ours.mkv');
  await (await write(path, 10)).close();
  const raw = execFileSync(ffmpeg.path, ['-v', 'error', '-i', path, '-map', '0:v', '-f', 'rawvideo', '-'], {
    maxBuffer: 1 << 26,
  });
  expect(raw.equals(Buffer.concat(Array.from({ length: 10 }, (_, n) => picture(n).data)))).toBe(true);
});

it('reads what the ffmpeg command wrote: another codec, another rate, two channels', async (context) => {
  const ffmpeg = await findTool('ffmpeg');
  if (!ffmpeg.found) return context.skip(`no ffmpeg: ${ffmpeg.reason}`);
  const path = join(directory.path, 'theirs.mkv');
  const inputs = [
    '-f',
    'lavfi',
    '-i',
    'testsrc=size=320x180:rate=15:duration=2',
    '-f',
    'lavfi',
    '-i',
    'sine=frequency=440:sample_rate=16000:duration=2',
  ];
  execFileSync(ffmpeg.path, [
    '-v',
    'error',
    ...inputs,
    '-ac',
    '2',
    '-c:v',
    'ffv1',
    '-pix_fmt',
    'yuv420p',
    '-c:a',
    'pcm_s16le',
    path,
  ]);
  writeFileSync(`${path}.json`, JSON.stringify({ originUs: 9_000_000 }));
  const { frames, items } = await read(path);
  expect(frames.map(({ ptsUs }) => Math.round((ptsUs - 9_000_000) / 1000))).toEqual(
    Array.from({ length: 30 }, (_, n) => Math.round(n * 66.6667)),
  );
  const samples = items.flatMap((item) => (item.kind === 'audio' ? Array.from(item.chunk.samples) : []));
  expect(Math.abs(samples.length - 96_000)).toBeLessThan(200);
  const crossings = samples.filter((sample, i) => i > 0 && sample >= 0 && (samples[i - 1] as number) < 0).length;
  expect(Math.abs(crossings - 880)).toBeLessThan(6);
});

it('ends where a file was cut short', async () => {
  const whole = join(directory.path, 'long.mkv');
  await (await write(whole, 40)).close();
  const cut = join(directory.path, 'cut.mkv');
  copyFileSync(whole, cut);
  copyFileSync(`${whole}.json`, `${cut}.json`);
  truncateSync(cut, Math.floor(readFileSync(whole).length * 0.6));
  const { frames } = await read(cut);
  expect(frames.length).toBeGreaterThan(15);
  expect(frames.length).toBeLessThan(40);
  expect(Buffer.compare(frames[10]?.data as Uint8Array, picture(10).data)).toBe(0);
});

it('is readable to the last second after a kill', async () => {
  const path = join(directory.path, 'killed.mkv');
  const script = `
    import { CaptureWriter } from ${JSON.stringify(new URL('./capture-writer.ts', import.meta.url).href)};
    const writer = CaptureWriter.open(${JSON.stringify(path)}, { video: { width: 64, height: 36 } });
    let n = 0;
    setInterval(() => { writer.writeVideo({ width: 64, height: 36, data: new Uint8Array(3456).fill(n), ptsUs: n++ * 40_000 }); console.log(n); }, 10);`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let written = 0;
  for await (const lines of child.stdout) {
    written = Number(String(lines).trim().split('\n').at(-1));
    if (written >= 60) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  const { frames } = await read(path);
  expect(written).toBeGreaterThanOrEqual(60);
  expect(written - frames.length).toBeLessThanOrEqual(25);
});

it('names a file that is no capture', async () => {
  const path = join(directory.path, 'none.mkv');
  writeFileSync(path, 'nothing of the kind');
  await expect(read(path)).rejects.toThrow(CaptureFault);
  await expect(read(join(directory.path, 'absent.mkv'))).rejects.toThrow(CaptureFault);
});

it('drops pictures, and says how many, rather than grow without bound', async () => {
  const writer = CaptureWriter.open(join(directory.path, 'flood.mkv'), { video: SIZE });
  const frame = picture(0);
  for (let n = 0; n < 200; n++) writer.writeVideo({ ...frame, ptsUs: START_US + n });
  await writer.close();
  expect(writer.droppedFrames).toBe(70);
});
