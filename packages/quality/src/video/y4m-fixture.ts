import { readFileSync, writeFileSync } from 'node:fs';
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

/** Writes pictures of one size. */
export function writeY4m(path: string, frames: readonly VideoFrame[], rate: number): void {
  const [first] = frames;
  const header = Buffer.from(`YUV4MPEG2 W${first?.width} H${first?.height} F${rate}:1 Ip A1:1 C420jpeg\n`);
  writeFileSync(path, Buffer.concat([header, ...frames.flatMap(({ data }) => [Buffer.from('FRAME\n'), data])]));
}

/** Something to measure: texture at all scales, edges, a disc that moves, flat parts; with noise of that many steps. The same for the same arguments. */
export function scene(width: number, height: number, n: number, noise: number): VideoFrame {
  const data = new Uint8Array((width * height * 3) / 2).fill(128);
  let state = 1 + n * 7919 + noise * 104729;
  const [centreX, centreY, radius] = [width * (0.3 + 0.01 * n), height * 0.5, height * 0.2];
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const [u, v] = [x / height, y / height];
      let luma =
        110 + 40 * Math.sin(9 * u + 4 * v) + 20 * Math.sin(61 * u * v) + 12 * Math.sin(170 * u) * (v > 0.5 ? 1 : 0);
      if ((x - centreX) ** 2 + (y - centreY) ** 2 < radius ** 2) luma = 200 + 15 * Math.sin(90 * v + 0.5 * n);
      if (u > 1.1 && v < 0.3) luma = 60;
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      data[at] = luma + ((state >> 16) % (2 * noise + 1)) - noise;
    }
  }
  return { width, height, data, ptsUs: Math.round((n * 1e6) / 30) };
}
