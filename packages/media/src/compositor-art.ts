import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import { rgbaToI420 } from './colour.ts';
import { initialsOf, shortened } from './label-text.ts';
import { drawOverlay, type Overlay } from './overlay.ts';

export const FONTS =
  '"DejaVu Sans", "Noto Sans", "Noto Sans CJK JP", "Noto Sans Arabic", "Noto Sans Devanagari", sans-serif';

/** Y, U and V of the border of who speaks. */
export const SPEAKING_COLOUR = [172, 108, 62] as const;

/** What is seen where nobody is. */
export function drawBackground(width: number, height: number): Buffer {
  const context = createCanvas(width, height).getContext('2d');
  paintBackground(context, width, height);
  return rgbaToI420(context.canvas.data(), width, height);
}

/** Dark, with a little light from above. */
export function paintBackground(context: SKRSContext2D, width: number, height: number): void {
  const light = context.createRadialGradient(width / 2, height * 0.3, 0, width / 2, height * 0.3, width * 0.8);
  light.addColorStop(0, '#2b3242');
  light.addColorStop(0.55, '#1b202c');
  light.addColorStop(1, '#10131b');
  context.fillStyle = light;
  context.fillRect(0, 0, width, height);
}

/** The seat of somebody whose picture has not come: initials on a disc. */
export function drawPlaceholder(width: number, height: number, name: string): Buffer {
  const context = createCanvas(width, height).getContext('2d');
  context.fillStyle = '#1d2331';
  context.fillRect(0, 0, width, height);
  const radius = height * 0.24;
  const disc = context.createLinearGradient(0, height / 2 - radius, 0, height / 2 + radius);
  disc.addColorStop(0, '#4c5f86');
  disc.addColorStop(1, '#354465');
  context.fillStyle = disc;
  context.beginPath();
  context.arc(width / 2, height / 2, radius, 0, 2 * Math.PI);
  context.fill();
  context.fillStyle = '#e9eef8';
  context.font = `600 ${Math.round(radius * 0.8)}px ${FONTS}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(initialsOf(name), width / 2, height / 2);
  return rgbaToI420(context.canvas.data(), width, height);
}

/** A name on a translucent pill, made for a tile of that size; cut with an ellipsis where it is too long. */
export function drawLabel(text: string, tileWidth: number, tileHeight: number): Overlay {
  const size = Math.max(9, Math.min(18, Math.round(tileHeight * 0.068)));
  const font = `500 ${size}px ${FONTS}`;
  const measure = createCanvas(2, 2).getContext('2d');
  measure.font = font;
  const padding = Math.round(size * 0.55);
  const shown = shorten(measure, text, tileWidth * 0.9 - 2 * padding);
  const width = evenUp(measure.measureText(shown).width + 2 * padding);
  const height = evenUp(size * 1.6);
  return drawOverlay(width, height, (context) => {
    context.fillStyle = 'rgba(10, 13, 20, 0.62)';
    context.beginPath();
    context.roundRect(0, 0, width, height, height * 0.3);
    context.fill();
    context.font = font;
    context.fillStyle = 'rgba(255, 255, 255, 0.96)';
    context.textBaseline = 'middle';
    context.fillText(shown, padding, height / 2 + size * 0.03);
  });
}

/** As much of a peer's words as is no wider than that in the context's font. */
export function shorten(context: SKRSContext2D, text: string, width: number): string {
  return shortened(text, (part) => context.measureText(part).width <= width);
}

function evenUp(value: number): number {
  return Math.ceil(value / 2) * 2;
}
