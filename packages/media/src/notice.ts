import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import type { VideoFrame } from '@plugfest/model';
import { rgbaToI420 } from './colour.ts';
import { FONTS, paintBackground, shorten } from './compositor-art.ts';

/** What somebody is told by a picture: a title, what to do, and what was entered. */
export interface Notice {
  readonly title: string;
  readonly text: string;
  /** Keys that were pressed so far, shown as dots. */
  readonly entered?: number;
}

/** The notice as a picture of that (even) size. */
export function drawNotice({ title, text, entered = 0 }: Notice, width: number, height: number): VideoFrame {
  const context = createCanvas(width, height).getContext('2d');
  paintBackground(context, width, height);
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  line(context, title, { size: 0.1, weight: 600, y: 0.36, colour: '#f2f5fb' }, width, height);
  line(context, text, { size: 0.052, weight: 400, y: 0.52, colour: '#b8c3d9' }, width, height);
  drawKeys(context, entered, width, height);
  return { width, height, data: rgbaToI420(context.canvas.data(), width, height), ptsUs: 0 };
}

interface LineStyle {
  readonly size: number;
  readonly weight: number;
  readonly y: number;
  readonly colour: string;
}

function line(
  context: SKRSContext2D,
  text: string,
  { size, weight, y, colour }: LineStyle,
  width: number,
  height: number,
): void {
  context.font = `${weight} ${Math.max(8, Math.round(size * height))}px ${FONTS}`;
  context.fillStyle = colour;
  context.fillText(shorten(context, text, width * 0.92), width / 2, y * height);
}

function drawKeys(context: SKRSContext2D, keys: number, width: number, height: number): void {
  const radius = height * 0.018;
  const step = radius * 3.4;
  context.fillStyle = '#ffd166';
  for (let key = 0; key < keys; key++) {
    context.beginPath();
    context.arc(width / 2 + (key - (keys - 1) / 2) * step, height * 0.68, radius, 0, 2 * Math.PI);
    context.fill();
  }
}
