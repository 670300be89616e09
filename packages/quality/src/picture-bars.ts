import { readPictures } from '@plugfest/media';
import type { Rect, VideoFrame } from '@plugfest/model';
import { lumaOf } from './luma-plane.ts';

/** Nothing in a bar is brighter: black of either range, and what coding makes of it at its edge. */
const DARK = 40;
/** So many pictures from the start are looked at, one of `every`. */
const LOOKED_AT = { pictures: 60, every: 6 } as const;
/** Bars that leave less than this of a side are a black picture. */
const LEAST_SHARE = 0.4;

/** What black bars leave of the first pictures of a file: all, where they have none, or change their size. */
export function findActiveRect(path: string): Rect | undefined {
  let active: Rect | undefined;
  let number = 0;
  for (const picture of readPictures(path, { lumaOnly: true })) {
    if (number >= LOOKED_AT.pictures) break;
    if (number++ % LOOKED_AT.every !== 0) continue;
    const rect = activeRectOf(picture);
    active = active && rect ? unionOf(active, rect) : (active ?? rect);
  }
  return active;
}

/** Undefined of a picture that is black altogether. */
export function activeRectOf(picture: VideoFrame): Rect | undefined {
  const { width, height } = picture;
  const top = darkLines(picture, height, (n) => n, 'row');
  const left = darkLines(picture, width, (n) => n, 'column');
  const bottom = darkLines(picture, height, (n) => height - 1 - n, 'row');
  const right = darkLines(picture, width, (n) => width - 1 - n, 'column');
  const rect = { x: left, y: top, width: width - left - right, height: height - top - bottom };
  return rect.width < LEAST_SHARE * width || rect.height < LEAST_SHARE * height ? undefined : rect;
}

function darkLines(picture: VideoFrame, count: number, lineAt: (n: number) => number, way: 'row' | 'column'): number {
  const { data, stride, width, height } = lumaOf(picture);
  for (let n = 0; n < count; n++) {
    const line = lineAt(n);
    const [first, step, length] = way === 'row' ? [line * stride, 1, width] : [line, stride, height];
    for (let i = 0; i < length; i++) if ((data[first + i * step] as number) > DARK) return n;
  }
  return count;
}

function unionOf(a: Rect, b: Rect): Rect {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}
