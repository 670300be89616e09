import type { Random } from '@plugfest/model';
import type { Look, RoomKind } from './look.ts';
import { between, type Context, layer, oval, pick, shade, spot, verticalGradient } from './paint.ts';

type DrawRoom = (context: Context, width: number, height: number, random: Random) => void;

/** The room behind somebody, slightly out of focus, as a layer of the picture's size. */
export function drawRoom(look: Look, width: number, height: number, random: Random): Context {
  const sharp = layer(width, height);
  ROOMS[look.room](sharp, width, height, random);
  const room = layer(width, height);
  room.filter = `blur(${(height * 0.0055).toFixed(1)}px)`;
  // A little larger, so that the blur does not fade at the edges.
  room.drawImage(sharp.canvas, -width * 0.015, -height * 0.015, width * 1.03, height * 1.03);
  room.filter = 'none';
  spot(room, look.light < 0 ? 0 : width, height * 0.2, width * 0.7, height * 0.9, '#ffe9c9', 0.2);
  spot(room, look.light < 0 ? width : 0, height, width * 0.6, height * 0.9, '#05070d', 0.42);
  return room;
}

const ROOMS: Record<RoomKind, DrawRoom> = {
  bookshelf(context, width, height, random) {
    context.fillStyle = verticalGradient(context, 0, height, '#4a3729', '#33251b');
    context.fillRect(0, 0, width, height);
    const shelfHeight = height * 0.27;
    for (let shelf = 0; shelf < 4; shelf++) {
      const floor = shelfHeight * (shelf + 0.92);
      context.fillStyle = verticalGradient(context, floor - shelfHeight, floor, '#1e150f', '#3a2a1e');
      context.fillRect(0, floor - shelfHeight + height * 0.02, width, shelfHeight);
      fillShelf(context, width, floor, shelfHeight, random);
      context.fillStyle = verticalGradient(context, floor, floor + height * 0.028, '#a87a50', '#6a4629');
      context.fillRect(0, floor, width, height * 0.028);
    }
    for (const x of [0.02, 0.335, 0.665, 0.98]) {
      context.fillStyle = verticalGradient(context, 0, height, '#8d6440', '#5a3c24');
      context.fillRect(width * x - height * 0.013, 0, height * 0.026, height);
    }
    lampLight(context, width * 0.14, height * 0.42, height);
  },

  office(context, width, height, random) {
    context.fillStyle = verticalGradient(context, 0, height, '#c8ced6', '#8f99a6');
    context.fillRect(0, 0, width, height);
    const [left, right, top, bottom] = [width * 0.4, width * 1.02, height * 0.02, height * 0.74];
    skyline(context, left, right, top, bottom, random);
    context.fillStyle = '#39424e';
    for (const x of [left, (left + right) / 2, right])
      context.fillRect(x - height * 0.012, top, height * 0.024, bottom - top);
    context.fillRect(left, bottom - height * 0.012, right - left, height * 0.03);
    blinds(context, left, right, top, height);
    framed(context, width * 0.08, height * 0.18, width * 0.13, height * 0.26, ['#f4efe4', '#c9b78e', '#7d8fa8']);
    framed(context, width * 0.25, height * 0.25, width * 0.09, height * 0.2, ['#e3e9ee', '#7d9b8e', '#d6c18f']);
    context.fillStyle = verticalGradient(context, height * 0.68, height, '#6b5a49', '#433629');
    context.fillRect(0, height * 0.7, width * 0.38, height * 0.3);
    plant(context, width * 0.36, height * 0.74, height * 0.3, '#3f7650', random);
  },

  living(context, width, height, random) {
    context.fillStyle = verticalGradient(context, 0, height, '#9db09e', '#7b9080');
    context.fillRect(0, 0, width, height);
    context.fillStyle = '#f0eee6';
    context.fillRect(0, height * 0.61, width, height * 0.018);
    framed(context, width * 0.66, height * 0.14, width * 0.12, height * 0.27, ['#f3ead9', '#d98d62', '#365a6d']);
    framed(context, width * 0.81, height * 0.17, width * 0.14, height * 0.2, ['#eef0ee', '#caa74d', '#8a3d3a']);
    context.fillStyle = verticalGradient(context, height * 0.62, height, '#c9b79d', '#93805f');
    context.beginPath();
    context.roundRect(width * 0.46, height * 0.62, width * 0.64, height * 0.5, height * 0.08);
    context.fill();
    cushion(context, width * 0.86, height * 0.68, height * 0.2, '#c9663f');
    context.fillStyle = '#3c3833';
    context.fillRect(width * 0.3, height * 0.26, height * 0.014, height * 0.8);
    lampShade(context, width * 0.3, height * 0.2, height);
    plant(context, width * 0.1, height * 0.98, height * 0.72, '#2f6b45', random);
  },

  meeting(context, width, height, random) {
    context.fillStyle = verticalGradient(context, 0, height, '#59636f', '#3a424d');
    context.fillRect(0, 0, width, height);
    for (let x = 0; x < width * 0.3; x += height * 0.03) {
      context.fillStyle = verticalGradient(context, 0, height, '#b58a5d', '#7d5a38');
      context.fillRect(x, 0, height * 0.021, height);
    }
    spot(context, width * 0.15, 0, width * 0.3, height * 0.8, '#ffd9a0', 0.5);
    wallScreen(context, width * 0.61, height * 0.15, width * 0.35, height * 0.36, random);
    context.fillStyle = verticalGradient(context, height * 0.7, height, '#8a6b4e', '#4d3a29');
    context.beginPath();
    context.roundRect(width * 0.5, height * 0.72, width * 0.7, height * 0.4, height * 0.04);
    context.fill();
    for (const x of [0.6, 0.78, 0.95]) cushion(context, width * x, height * 0.68, height * 0.22, '#23282f');
    plant(context, width * 0.34, height * 0.86, height * 0.42, '#44775a', random);
  },

  loft(context, width, height, random) {
    context.fillStyle = '#57352a';
    context.fillRect(0, 0, width, height);
    bricks(context, width, height, random);
    context.fillStyle = verticalGradient(context, 0, height * 0.05, '#a07850', '#5d4228');
    context.fillRect(width * 0.58, height * 0.42, width * 0.42, height * 0.035);
    fillShelf(context, width * 0.44, height * 0.42, height * 0.24, random, width * 0.6);
    for (let i = 0; i <= 12; i++) {
      const x = (width * i) / 12;
      const y = height * (0.15 + 0.07 * Math.sin((i / 12) * Math.PI * 3) ** 2);
      spot(context, x, y, height * 0.08, height * 0.08, '#ffcf7d', 0.85);
      context.fillStyle = '#fff3d0';
      oval(context, x, y, height * 0.012, height * 0.014);
    }
    plant(context, width * 0.12, height * 0.96, height * 0.5, '#54794a', random);
  },

  curtain(context, width, height, random) {
    context.fillStyle = verticalGradient(context, 0, height, '#d8cdc2', '#b3a597');
    context.fillRect(0, 0, width, height);
    context.fillStyle = verticalGradient(context, 0, height * 0.8, '#eaf5ff', '#cfe3c9');
    context.fillRect(width * 0.48, 0, width * 0.46, height * 0.76);
    for (let i = 0; i < 26; i++) {
      const green = pick(random, ['#8fb784', '#a9c79a', '#79a877', '#c7d9b0']);
      spot(
        context,
        between(random, width * 0.5, width * 0.92),
        between(random, height * 0.3, height * 0.72),
        height * 0.12,
        height * 0.1,
        green,
        0.6,
      );
    }
    context.fillStyle = '#f7f4ee';
    for (const x of [0.48, 0.705, 0.93]) context.fillRect(width * x - height * 0.012, 0, height * 0.024, height * 0.77);
    context.fillRect(width * 0.46, height * 0.75, width * 0.5, height * 0.035);
    drape(context, width * 0.38, width * 0.53, height, '#e9dccb');
    drape(context, width * 0.89, width * 1.02, height, '#e9dccb');
    framed(context, width * 0.07, height * 0.2, width * 0.15, height * 0.3, ['#fbf6ee', '#c7785f', '#e3b98f']);
    plant(context, width * 0.28, height * 0.95, height * 0.55, '#4f8a5b', random);
  },
};

function fillShelf(
  context: Context,
  width: number,
  floor: number,
  shelfHeight: number,
  random: Random,
  from = 0,
): void {
  const palette = [
    '#7c3b31',
    '#31506b',
    '#c29a4b',
    '#4d6b4a',
    '#86683f',
    '#d9cfb8',
    '#40364f',
    '#a4573c',
    '#2f5d5a',
    '#b9b0a0',
  ];
  let x = from + between(random, 2, 8);
  while (x < from + width) {
    if (random.next() < 0.07) {
      x += shelfHeight * between(random, 0.15, 0.4);
      continue;
    }
    const thickness = shelfHeight * between(random, 0.06, 0.17);
    const tall = shelfHeight * between(random, 0.55, 0.86);
    const colour = pick(random, palette);
    const spine = context.createLinearGradient(x, 0, x + thickness, 0);
    spine.addColorStop(0, shade(colour, -0.35));
    spine.addColorStop(0.35, shade(colour, 0.12));
    spine.addColorStop(1, shade(colour, -0.3));
    context.fillStyle = spine;
    context.fillRect(x, floor - tall, thickness, tall);
    context.fillStyle = shade(colour, random.next() < 0.5 ? 0.5 : -0.45);
    context.fillRect(x, floor - tall * 0.86, thickness, tall * 0.035);
    context.fillRect(x + thickness * 0.3, floor - tall * 0.7, thickness * 0.4, tall * between(random, 0.2, 0.4));
    x += thickness + between(random, 0, 1.2);
  }
}

function lampLight(context: Context, x: number, y: number, height: number): void {
  spot(context, x, y, height * 0.7, height * 0.6, '#ffc978', 0.55);
  lampShade(context, x, y - height * 0.05, height);
}

function lampShade(context: Context, x: number, y: number, height: number): void {
  spot(context, x, y + height * 0.05, height * 0.4, height * 0.34, '#ffe0a6', 0.65);
  context.fillStyle = verticalGradient(context, y, y + height * 0.12, '#fff0cf', '#f0c27d');
  context.beginPath();
  context.moveTo(x - height * 0.055, y);
  context.lineTo(x + height * 0.055, y);
  context.lineTo(x + height * 0.09, y + height * 0.12);
  context.lineTo(x - height * 0.09, y + height * 0.12);
  context.fill();
}

function skyline(context: Context, left: number, right: number, top: number, bottom: number, random: Random): void {
  context.fillStyle = verticalGradient(context, top, bottom, '#8fb8e0', '#c9dcec', '#f2dfc4');
  context.fillRect(left, top, right - left, bottom - top);
  for (const [tone, low, high] of [
    ['#a6b6c8', 0.25, 0.62],
    ['#7d8ea3', 0.15, 0.48],
    ['#586a80', 0.08, 0.34],
  ] as const) {
    for (let x = left; x < right; ) {
      const wide = (right - left) * between(random, 0.05, 0.12);
      const tall = (bottom - top) * between(random, low, high);
      context.fillStyle = verticalGradient(context, bottom - tall, bottom, shade(tone, 0.1), shade(tone, -0.15));
      context.fillRect(x, bottom - tall, wide, tall);
      context.fillStyle = 'rgba(255, 236, 190, 0.55)';
      for (let k = 0; k < 14; k++) {
        if (random.next() < 0.6)
          context.fillRect(x + wide * between(random, 0.1, 0.85), bottom - tall * between(random, 0.1, 0.92), 2, 3);
      }
      x += wide + between(random, 0, 3);
    }
  }
}

function blinds(context: Context, left: number, right: number, top: number, height: number): void {
  for (let slat = 0; slat < 7; slat++) {
    const y = top + slat * height * 0.026;
    context.fillStyle = verticalGradient(context, y, y + height * 0.018, '#f7f5ef', '#c9c6bd');
    context.fillRect(left, y, right - left, height * 0.018);
  }
}

function framed(
  context: Context,
  x: number,
  y: number,
  width: number,
  height: number,
  colours: readonly [string, string, string],
): void {
  context.fillStyle = 'rgba(0, 0, 0, 0.3)';
  context.fillRect(x + 4, y + 5, width, height);
  context.fillStyle = '#40332a';
  context.fillRect(x, y, width, height);
  context.fillStyle = colours[0];
  context.fillRect(x + width * 0.06, y + width * 0.06, width * 0.88, height - width * 0.12);
  context.fillStyle = colours[1];
  oval(context, x + width * 0.4, y + height * 0.45, width * 0.2, width * 0.2);
  context.fillStyle = colours[2];
  context.beginPath();
  context.moveTo(x + width * 0.15, y + height * 0.82);
  context.bezierCurveTo(
    x + width * 0.35,
    y + height * 0.5,
    x + width * 0.6,
    y + height * 0.9,
    x + width * 0.85,
    y + height * 0.55,
  );
  context.lineTo(x + width * 0.85, y + height * 0.82);
  context.fill();
}

function cushion(context: Context, x: number, y: number, size: number, colour: string): void {
  context.fillStyle = verticalGradient(context, y, y + size, shade(colour, 0.15), shade(colour, -0.35));
  context.beginPath();
  context.roundRect(x - size / 2, y, size, size * 1.3, size * 0.22);
  context.fill();
}

function plant(context: Context, x: number, y: number, size: number, colour: string, random: Random): void {
  context.fillStyle = verticalGradient(context, y - size * 0.24, y, '#c98d68', '#8a5538');
  context.beginPath();
  context.moveTo(x - size * 0.15, y - size * 0.24);
  context.lineTo(x + size * 0.15, y - size * 0.24);
  context.lineTo(x + size * 0.11, y);
  context.lineTo(x - size * 0.11, y);
  context.fill();
  for (let leaf = 0; leaf < 17; leaf++) {
    const turn = between(random, -1.25, 1.25);
    const long = size * between(random, 0.4, 0.76);
    context.save();
    context.translate(x, y - size * 0.24);
    context.rotate(turn);
    const tone = shade(colour, between(random, -0.3, 0.32));
    context.fillStyle = verticalGradient(context, -long, 0, shade(tone, 0.2), shade(tone, -0.3));
    context.beginPath();
    context.moveTo(0, 0);
    context.bezierCurveTo(-long * 0.22, -long * 0.45, -long * 0.13, -long * 0.85, 0, -long);
    context.bezierCurveTo(long * 0.13, -long * 0.85, long * 0.22, -long * 0.45, 0, 0);
    context.fill();
    context.restore();
  }
}

function wallScreen(context: Context, x: number, y: number, width: number, height: number, random: Random): void {
  context.fillStyle = '#0c0e12';
  context.fillRect(x - 5, y - 5, width + 10, height + 10);
  context.fillStyle = verticalGradient(context, y, y + height, '#eaf1fa', '#cfdcec');
  context.fillRect(x, y, width, height);
  context.fillStyle = '#2f5f9e';
  context.fillRect(x, y, width, height * 0.15);
  for (let bar = 0; bar < 7; bar++) {
    const tall = height * between(random, 0.15, 0.62);
    context.fillStyle = pick(random, ['#3f78c0', '#58a38c', '#e0a346']);
    context.fillRect(x + width * (0.08 + bar * 0.085), y + height * 0.93 - tall, width * 0.055, tall);
  }
  for (let line = 0; line < 5; line++) {
    context.fillStyle = '#8391a5';
    context.fillRect(
      x + width * 0.72,
      y + height * (0.28 + line * 0.12),
      width * between(random, 0.12, 0.23),
      height * 0.035,
    );
  }
  spot(context, x + width / 2, y + height / 2, width, height * 1.3, '#cfe3ff', 0.22);
}

function bricks(context: Context, width: number, height: number, random: Random): void {
  const [brickWidth, brickHeight] = [height * 0.125, height * 0.047];
  for (let row = 0; row * brickHeight < height; row++) {
    for (let column = -1; column * brickWidth < width; column++) {
      const x = column * brickWidth + (row % 2 ? brickWidth / 2 : 0);
      const tone = shade(pick(random, ['#8e4a36', '#9b5840', '#7d4030', '#a5664b']), between(random, -0.16, 0.08));
      context.fillStyle = verticalGradient(
        context,
        row * brickHeight,
        (row + 1) * brickHeight,
        shade(tone, 0.08),
        shade(tone, -0.14),
      );
      context.fillRect(x + 1.4, row * brickHeight + 1.4, brickWidth - 2.8, brickHeight - 2.8);
    }
  }
}

function drape(context: Context, left: number, right: number, height: number, colour: string): void {
  const folds = 7;
  for (let fold = 0; fold < folds; fold++) {
    const x = left + ((right - left) * fold) / folds;
    const wide = (right - left) / folds;
    const light = context.createLinearGradient(x, 0, x + wide, 0);
    light.addColorStop(0, shade(colour, -0.22));
    light.addColorStop(0.5, shade(colour, 0.25));
    light.addColorStop(1, shade(colour, -0.18));
    context.fillStyle = light;
    context.fillRect(x, 0, wide + 1, height * 0.95);
  }
}
