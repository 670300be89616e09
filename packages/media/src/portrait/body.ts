import type { Clothing, Look } from './look.ts';
import { alpha, type Context, clipped, layer, shade, spot, verticalGradient } from './paint.ts';

/** Body layer: origin at the pit of the neck, one unit a hundredth of the head's half height; drawn at `scale` pixels a unit. */
export const BODY = { width: 520, height: 260, originX: 260, originY: 70 } as const;

export function drawBody(look: Look, scale: number): Context {
  const context = layer(BODY.width * scale, BODY.height * scale);
  context.scale(scale, scale);
  context.translate(BODY.originX, BODY.originY);
  drawNeck(context, look);
  context.fillStyle = verticalGradient(context, 0, 190, shade(look.cloth, 0.1), look.cloth, shade(look.cloth, -0.4));
  context.beginPath();
  shoulders(context);
  context.fill();
  clipped(context, shoulders, () => {
    foldsAndLight(context, look);
    CLOTHES[look.clothing](context, look);
  });
  return context;
}

function shoulders(context: Context): void {
  context.moveTo(-42, 8);
  context.bezierCurveTo(-62, 26, -120, 30, -158, 52);
  context.bezierCurveTo(-196, 74, -214, 140, -222, 200);
  context.lineTo(222, 200);
  context.bezierCurveTo(214, 140, 196, 74, 158, 52);
  context.bezierCurveTo(120, 30, 62, 26, 42, 8);
  context.bezierCurveTo(20, 34, -20, 34, -42, 8);
}

function drawNeck(context: Context, look: Look): void {
  const half = 27 + 13 * look.jaw;
  const side = context.createLinearGradient(-half, 0, half, 0);
  const [bright, dark] = [shade(look.skin, -0.05), shade(look.skin, -0.34)];
  side.addColorStop(0, look.light < 0 ? bright : dark);
  side.addColorStop(1, look.light < 0 ? dark : bright);
  context.fillStyle = side;
  context.beginPath();
  context.moveTo(-half, -70);
  context.bezierCurveTo(-half, -20, -half - 4, -2, -62, 16);
  context.lineTo(0, 74);
  context.lineTo(62, 16);
  context.bezierCurveTo(half + 4, -2, half, -20, half, -70);
  context.fill();
  spot(context, 0, -40, half * 1.6, 40, shade(look.skin, -0.75), 0.66);
  spot(context, 0, 26, 15, 13, shade(look.skin, -0.6), 0.35);
  context.strokeStyle = alpha(shade(look.skin, -0.6), 0.2);
  context.lineWidth = 2.5;
  for (const s of [-1, 1]) {
    context.beginPath();
    context.moveTo(s * half * 0.75, -14);
    context.quadraticCurveTo(s * half * 0.5, 8, s * 8, 24);
    context.stroke();
  }
}

function foldsAndLight(context: Context, look: Look): void {
  spot(context, look.light * 150, 60, 130, 90, '#ffffff', 0.16);
  spot(context, -look.light * 170, 130, 150, 130, '#000000', 0.45);
  for (const side of [-1, 1]) {
    // Where the sleeve meets the chest, and two creases in the sleeve.
    spot(context, side * 124, 150, 14, 80, '#000000', 0.34);
    spot(context, side * 168, 128, 10, 60, '#000000', 0.22);
    spot(context, side * 150, 112, 12, 60, '#ffffff', 0.12);
    spot(context, side * 64, 150, 40, 70, '#ffffff', 0.08);
    spot(context, side * 92, 44, 40, 14, '#ffffff', 0.14);
  }
}

const CLOTHES: Record<Clothing, (context: Context, look: Look) => void> = {
  blazer(context, look) {
    vee(context, 42, 150, look.innerCloth);
    collar(context, look.innerCloth, 1);
    for (const side of [-1, 1]) {
      context.fillStyle = verticalGradient(context, 10, 170, shade(look.cloth, 0.17), shade(look.cloth, -0.18));
      context.beginPath();
      context.moveTo(side * 44, 2);
      context.lineTo(side * 78, 66);
      context.lineTo(side * 60, 78);
      context.lineTo(side * 72, 92);
      context.lineTo(side * 4, 200);
      context.bezierCurveTo(side * 20, 130, side * 34, 70, side * 44, 2);
      context.fill();
      context.strokeStyle = alpha('#000000', 0.45);
      context.lineWidth = 1.6;
      context.stroke();
    }
  },
  shirt(context, look) {
    for (let x = -220; x <= 220; x += 22) stripe(context, x, look);
    for (let y = 10; y <= 200; y += 22) {
      context.fillStyle = alpha('#ffffff', 0.09);
      context.fillRect(-230, y, 460, 9);
    }
    vee(context, 26, 60, shade(look.skin, -0.12));
    collar(context, shade(look.cloth, 0.16), 1.15);
    context.fillStyle = alpha('#000000', 0.3);
    context.fillRect(-1, 62, 2, 140);
    for (const y of [84, 122, 160]) {
      context.fillStyle = look.innerCloth;
      context.beginPath();
      context.arc(0, y, 3.2, 0, 2 * Math.PI);
      context.fill();
    }
  },
  sweater(context, look) {
    vee(context, 34, 62, look.innerCloth);
    collar(context, look.innerCloth, 1.05);
    context.strokeStyle = shade(look.cloth, -0.3);
    context.lineWidth = 8;
    context.beginPath();
    context.moveTo(-46, 4);
    context.lineTo(0, 70);
    context.lineTo(46, 4);
    context.stroke();
    knit(context);
  },
  blouse(context, look) {
    context.fillStyle = verticalGradient(context, 0, 70, shade(look.skin, -0.1), shade(look.skin, -0.2));
    context.beginPath();
    context.ellipse(0, 4, 50, 46, 0, 0, Math.PI);
    context.fill();
    context.strokeStyle = shade(look.cloth, 0.24);
    context.lineWidth = 5;
    context.beginPath();
    context.ellipse(0, 4, 52, 48, 0, 0, Math.PI);
    context.stroke();
    context.strokeStyle = alpha('#f6e3b0', 0.9);
    context.lineWidth = 1.5;
    context.beginPath();
    context.ellipse(0, 2, 33, 38, 0, 0.1, Math.PI - 0.1);
    context.stroke();
  },
  hoodie(context, look) {
    vee(context, 32, 42, look.innerCloth);
    for (const side of [-1, 1]) {
      context.fillStyle = verticalGradient(context, -10, 90, shade(look.cloth, 0.14), shade(look.cloth, -0.3));
      context.beginPath();
      context.moveTo(side * 40, 0);
      context.bezierCurveTo(side * 92, 16, side * 88, 66, side * 8, 84);
      context.bezierCurveTo(side * 30, 60, side * 38, 30, side * 40, 0);
      context.fill();
      context.strokeStyle = shade(look.innerCloth, -0.08);
      context.lineWidth = 3;
      context.beginPath();
      context.moveTo(side * 20, 74);
      context.quadraticCurveTo(side * 24, 110, side * 17, 148);
      context.stroke();
    }
  },
};

function vee(context: Context, half: number, depth: number, colour: string): void {
  context.fillStyle = verticalGradient(context, 0, depth, colour, shade(colour, -0.18));
  context.beginPath();
  context.moveTo(-half, -4);
  context.lineTo(0, depth);
  context.lineTo(half, -4);
  context.fill();
}

function collar(context: Context, colour: string, size: number): void {
  for (const side of [-1, 1]) {
    context.fillStyle = verticalGradient(context, 0, 50, shade(colour, 0.05), shade(colour, -0.14));
    context.beginPath();
    context.moveTo(side * 40, -10);
    context.lineTo(side * 54 * size, 14);
    context.lineTo(side * 26, 56 * size);
    context.lineTo(side * 3, 36);
    context.bezierCurveTo(side * 22, 24, side * 36, 8, side * 40, -10);
    context.fill();
    context.strokeStyle = alpha('#000000', 0.25);
    context.lineWidth = 1.2;
    context.stroke();
  }
}

function stripe(context: Context, x: number, look: Look): void {
  context.fillStyle = alpha(shade(look.cloth, -0.5), 0.4);
  context.fillRect(x, 0, 9, 210);
}

function knit(context: Context): void {
  context.strokeStyle = 'rgba(255, 255, 255, 0.06)';
  context.lineWidth = 2;
  for (let x = -226; x < 226; x += 7) {
    context.beginPath();
    context.moveTo(x, 60);
    context.quadraticCurveTo(x * 1.03, 130, x * 1.06, 205);
    context.stroke();
  }
}
