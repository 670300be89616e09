import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCapture } from '@plugfest/media';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MEDIA_KIND, type MediaFrame } from './media-frame.ts';
import { PageCapture } from './page-capture.ts';

const START_US = 5_000_000;
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plugfest-page-capture-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const sound = (ms: number, level = 1000): MediaFrame => ({
  kind: MEDIA_KIND.audio,
  width: 0,
  height: 0,
  timeUs: START_US + ms * 1000,
  data: new Uint8Array(new Int16Array(480).fill(level).buffer),
});
const picture = (ms: number): MediaFrame => ({
  kind: MEDIA_KIND.video,
  width: 64,
  height: 48,
  timeUs: START_US + ms * 1000,
  data: new Uint8Array((64 * 48 * 3) / 2).fill(128),
});

async function read(path: string) {
  const items = [];
  for await (const item of readCapture(path))
    items.push(
      item.kind === 'video'
        ? { kind: 'video', atMs: (item.frame.ptsUs - START_US) / 1000 }
        : { kind: 'audio', atMs: (item.chunk.ptsUs - START_US) / 1000, first: item.chunk.samples[0] },
    );
  return items;
}

it('keeps the sound that comes before the first picture, at its time', async () => {
  const path = join(directory, 'c.mkv');
  const capture = new PageCapture(path);
  let isReady = false;
  void capture.ready.then(() => {
    isReady = true;
  });
  capture.take(sound(0, 11));
  capture.take(sound(10, 22));
  await Promise.resolve();
  expect(isReady).toBe(false);
  capture.take(picture(15));
  await capture.ready;
  capture.take(sound(20, 33));
  expect(await capture.close()).toEqual({ droppedFrames: 0 });
  capture.take(picture(30));
  expect(capture.pictures).toBe(1);
  const items = await read(path);
  expect(items.filter(({ kind }) => kind === 'video')).toEqual([{ kind: 'video', atMs: 15 }]);
  const heard = items.filter(({ kind }) => kind === 'audio');
  expect(heard.map(({ atMs, first }) => [atMs, first])).toEqual([
    [0, 11],
    [10, 22],
    [20, 33],
  ]);
});

it('captures a call without a picture, too', async () => {
  const path = join(directory, 'c.mkv');
  const capture = new PageCapture(path);
  capture.take(sound(0));
  await capture.close();
  expect((await read(path)).map(({ kind }) => kind)).toEqual(['audio']);
});

it('makes no file where there was nothing, and closes once', async () => {
  const path = join(directory, 'c.mkv');
  const capture = new PageCapture(path);
  expect(await capture.close()).toBeUndefined();
  expect(await capture.close()).toBeUndefined();
  expect(existsSync(path)).toBe(false);
});
