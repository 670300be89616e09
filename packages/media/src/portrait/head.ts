import type { Random } from '@plugfest/model';
import { drawAccessories } from './accessories.ts';
import { drawHairBack, drawHairFront } from './hair.ts';
import type { Look } from './look.ts';
import { alpha, between, blend, type Context, clipped, layer, oval, shade, spot, verticalGradient } from './paint.ts';

/** Head layers: origin in the middle of the face, 100 units its half height; drawn at `scale` pixels a unit. */
export const HEAD = { width: 320, height: 420, originX: 160, originY: 160 } as const;

export interface HeadLayers {
  readonly back: Context;
  /** Skull, ears, beard. */
  readonly base: Context;
  /** Nose and cheeks: moved against the base when the head turns. */
  readonly features: Context;
  readonly front: Context;
  readonly accessories: Context;
}

export function drawHead(look: Look, scale: number, random: Random): HeadLayers {
  const make = (draw: (context: Context) => void): Context => {
    const context = layer(HEAD.width * scale, HEAD.height * scale);
    context.scale(scale, scale);
    context.translate(HEAD.originX, HEAD.originY);
    draw(context);
    return context;
  };
  return {
    back: make((context) => drawHairBack(context, look, random.fork('hair-back'))),
    base: make((context) => drawBase(context, look, random.fork('skin'))),
    features: make((context) => drawFeatures(context, look)),
    front: make((context) => drawHairFront(context, look, random.fork('hair-front'))),
    accessories: make((context) => drawAccessories(context, look)),
  };
}

/** The outline of the face. */
export function faceOutline(look: Look): (context: Context) => void {
  const side = look.faceWidth * 100;
  const jaw = side * (0.72 + 0.14 * look.jaw);
  return (context) => {
    context.moveTo(0, -98);
    context.bezierCurveTo(side * 0.75, -98, side, -70, side, -18);
    context.bezierCurveTo(side, 16, side * 0.98, 40, jaw, 64);
    context.bezierCurveTo(jaw - 10, 84, 28, 100, 0, 100);
    context.bezierCurveTo(-28, 100, -jaw + 10, 84, -jaw, 64);
    context.bezierCurveTo(-side * 0.98, 40, -side, 16, -side, -18);
    context.bezierCurveTo(-side, -70, -side * 0.75, -98, 0, -98);
  };
}

function drawBase(context: Context, look: Look, random: Random): void {
  const side = look.faceWidth * 100;
  for (const ear of [-1, 1]) drawEar(context, look, ear * (side + 1));
  context.fillStyle = verticalGradient(context, -100, 100, shade(look.skin, 0.07), look.skin, shade(look.skin, -0.1));
  context.beginPath();
  faceOutline(look)(context);
  context.fill();
  clipped(context, faceOutline(look), () => {
    // Light from one side, its shadow on the other.
    spot(context, look.light * side * 0.7, -30, 66, 105, '#fff1dc', 0.32);
    spot(context, -look.light * side * 1.1, 14, 70, 150, shade(look.skin, -0.8), 0.52);
    spot(context, 0, -70, 66, 32, '#ffffff', 0.14);
    spot(context, 0, 112, 84, 34, shade(look.skin, -0.8), 0.5);
    for (const cheek of [-1, 1]) {
      spot(context, cheek * 42, 30, 28, 22, blend(look.skin, '#d0402c', 0.6), 0.2);
      spot(context, cheek * 62, 46, 26, 50, shade(look.skin, -0.7), 0.2);
    }
    pores(context, look, random);
    if (look.beard) drawBeard(context, look, random);
  });
}

function drawEar(context: Context, look: Look, x: number): void {
  context.fillStyle = verticalGradient(context, -20, 34, shade(look.skin, -0.04), shade(look.skin, -0.24));
  oval(context, x, 6, 11, 24, x > 0 ? 0.12 : -0.12);
  spot(context, x * 1.02, 6, 7, 17, shade(look.skin, -0.65), 0.5);
  if (!look.earrings) return;
  spot(context, x, 38, 7, 7, '#ffffff', 0.3);
  context.fillStyle = look.earrings;
  oval(context, x, 36, 3.6, 3.6);
}

function pores(context: Context, look: Look, random: Random): void {
  for (let i = 0; i < 420; i++) {
    context.fillStyle = alpha(shade(look.skin, random.next() < 0.5 ? -0.4 : 0.3), between(random, 0.03, 0.1));
    oval(
      context,
      between(random, -75, 75),
      between(random, -96, 98),
      between(random, 0.5, 1.5),
      between(random, 0.5, 1.4),
    );
  }
}

function drawBeard(context: Context, look: Look, random: Random): void {
  const full = look.beard === 'full';
  const tone = shade(look.hair, full ? -0.1 : 0.05);
  const inside = (x: number, y: number): boolean => {
    const cheekLine = 36 + 26 * (1 - Math.abs(x) / 74) - (Math.abs(x) > 56 ? 30 : 0);
    const isMouth = (x / 25) ** 2 + ((y - 64) / 11) ** 2 < 1;
    const isMoustache = y > 47 && y < 58 && Math.abs(x) < 28;
    return !isMouth && (y > cheekLine + 6 || isMoustache);
  };
  if (full)
    for (const [x, y, rx, ry] of [
      [0, 92, 62, 26],
      [-52, 62, 20, 42],
      [52, 62, 20, 42],
    ] as const)
      spot(context, x, y, rx, ry, tone, 0.95);
  else spot(context, 0, 78, 70, 44, tone, 0.34);
  context.lineCap = 'round';
  for (let i = 0; i < (full ? 2600 : 1500); i++) {
    const [x, y] = [between(random, -74, 74), between(random, 26, 100)];
    if (!inside(x, y)) continue;
    const long = full ? between(random, 4, 9) : between(random, 0.8, 1.8);
    context.strokeStyle = alpha(shade(tone, between(random, -0.3, 0.25)), full ? 0.6 : 0.42);
    context.lineWidth = full ? 1.2 : 0.9;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + (x / 74) * 2 + between(random, -1.2, 1.2), y + long);
    context.stroke();
  }
}

function drawFeatures(context: Context, look: Look): void {
  const dark = shade(look.skin, -0.62);
  const shadowSide = -look.light;
  // Sockets and the bridge of the nose.
  for (const side of [-1, 1]) spot(context, side * 29, -6, 25, 18, dark, side === shadowSide ? 0.42 : 0.3);
  spot(context, shadowSide * 10, 14, 9, 32, dark, 0.3);
  spot(context, look.light * 3, 14, 6, 34, '#fff6e8', 0.3);
  spot(context, look.light * 2, 33, 9, 8, '#fff6e8', 0.36);
  context.strokeStyle = alpha(dark, 0.5);
  context.lineCap = 'round';
  context.lineWidth = 2;
  for (const side of [-1, 1]) {
    context.beginPath();
    context.arc(side * 11, 37, 6.5, side > 0 ? -0.7 : Math.PI - 0.5, side > 0 ? 1.0 : Math.PI + 1.2);
    context.stroke();
    context.fillStyle = alpha(shade(dark, -0.45), 0.6);
    oval(context, side * 6.5, 42.5, 3.8, 2, side * -0.25);
  }
  spot(context, 0, 48, 15, 7, dark, 0.4);
  spot(context, 0, 80, 17, 6, dark, 0.3);
  spot(context, 0, 91, 13, 8, '#fff1e0', 0.16);
  for (const side of [-1, 1]) {
    context.strokeStyle = alpha(dark, 0.16);
    context.lineWidth = 2.4;
    context.beginPath();
    context.moveTo(side * 17, 41);
    context.quadraticCurveTo(side * 27, 50, side * 30, 62);
    context.stroke();
  }
}
