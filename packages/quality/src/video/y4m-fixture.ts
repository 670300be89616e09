import { readFileSync } from 'node:fs';
import type { VideoFrame } from '@plugfest/model';

/** The pictures of an 8-bit 4:2:0 y4m file, for tests only. */
export function readY4m(path: string): VideoFrame[] {
  const file = readFileSync(path);
  const headerEnd = file.indexOf(10);
  const header = file.subarray(0, headerEnd).toString('latin1');
  const field = (letter: string): number => Number(new RegExp(` ${letter}(\\d+)`).exec(header)?.[1]);
  const [width, height, rate] = [field('W'), field('H'), field('F')];
  const scale = Number(/ F\d+:(\d+)/.exec(header)?.[1]);
  const size = (width * height * 3) / 2;
  const frames: VideoFrame[] = [];
  for (let at = headerEnd + 1; at < file.length; ) {
    const start = file.indexOf(10, at) + 1;
    const ptsUs = Math.round((frames.length * 1e6 * scale) / rate);
    frames.push({ width, height, data: Uint8Array.from(file.subarray(start, start + size)), ptsUs });
    at = start + size;
  }
  return frames;
}
