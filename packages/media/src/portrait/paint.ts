import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import type { Random } from '@plugfest/model';

export type Context = SKRSContext2D;

/** A colour as `#rrggbb`. */
export type Hex = string;

/** Towards white (0..1) or black (-1..0). */
export function shade(colour: Hex, amount: number): Hex {
  return blend(colour, amount < 0 ? '#000000' : '#ffffff', Math.abs(amount));
}

/** `ratio` of the second colour in the first. */
export function blend(first: Hex, second: Hex, ratio: number): Hex {
  const mixed = [1, 3, 5].map((at) => {
    const [a, b] = [channel(first, at), channel(second, at)];
    return Math.round(a + (b - a) * ratio)
      .toString(16)
      .padStart(2, '0');
  });
  return `#${mixed.join('')}`;
}

/** The colour with an opacity of 0..1. */
export function alpha(colour: Hex, opacity: number): string {
  return `rgba(${channel(colour, 1)}, ${channel(colour, 3)}, ${channel(colour, 5)}, ${opacity})`;
}

function channel(colour: Hex, at: number): number {
  return Number.parseInt(colour.slice(at, at + 2), 16);
}

export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random.next();
}

export function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.uint32() % list.length] as T;
}

/** A new transparent layer. */
export function layer(width: number, height: number): Context {
  return createCanvas(Math.ceil(width), Math.ceil(height)).getContext('2d');
}

/** Fills what `path` outlines with a colour that runs from top to bottom (or along the given line). */
export function verticalGradient(
  context: Context,
  top: number,
  bottom: number,
  ...stops: readonly string[]
): ReturnType<Context['createLinearGradient']> {
  const gradient = context.createLinearGradient(0, top, 0, bottom);
  for (const [i, stop] of stops.entries()) gradient.addColorStop(i / (stops.length - 1), stop);
  return gradient;
}

/** A soft round spot of light or shadow. */
export function spot(
  context: Context,
  x: number,
  y: number,
  radiusX: number,
  radiusY: number,
  colour: Hex,
  opacity: number,
): void {
  context.save();
  context.translate(x, y);
  context.scale(radiusX, radiusY);
  const glow = context.createRadialGradient(0, 0, 0, 0, 0, 1);
  glow.addColorStop(0, alpha(colour, opacity));
  glow.addColorStop(0.5, alpha(colour, opacity * 0.45));
  glow.addColorStop(1, alpha(colour, 0));
  context.fillStyle = glow;
  context.fillRect(-1, -1, 2, 2);
  context.restore();
}

/** An ellipse, filled. */
export function oval(context: Context, x: number, y: number, radiusX: number, radiusY: number, turn = 0): void {
  context.beginPath();
  context.ellipse(x, y, Math.max(0, radiusX), Math.max(0, radiusY), turn, 0, 2 * Math.PI);
  context.fill();
}

/** Runs `draw` inside the outline. */
export function clipped(context: Context, outline: (context: Context) => void, draw: () => void): void {
  context.save();
  context.beginPath();
  outline(context);
  context.clip();
  draw();
  context.restore();
}

/** Grain as of a camera's sensor: a fixed texture, laid over everything at low strength. */
export function grain(width: number, height: number, random: Random, strength: number): Context {
  const context = layer(width, height);
  const image = context.createImageData(width, height);
  for (let at = 0; at < image.data.length; at += 4) {
    const value = random.next() + random.next() < 1 ? 0 : 255;
    image.data[at] = image.data[at + 1] = image.data[at + 2] = value;
    image.data[at + 3] = random.next() * strength * 255;
  }
  context.putImageData(image, 0, 0);
  return context;
}
