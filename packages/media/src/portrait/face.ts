import type { Look } from './look.ts';
import { alpha, type Context, clipped, oval, shade, spot, verticalGradient } from './paint.ts';

/** What moves in a face. All 0..1 but the gaze (-1..1). */
export interface Expression {
  readonly eyesOpen: number;
  readonly browsUp: number;
  readonly gazeX: number;
  readonly gazeY: number;
}

/** Where the mouth is, and how far a drawing of it reaches, in head units. */
export const MOUTH = { x: 0, y: 66, reachX: 34, reachY: 30 } as const;

/** Eyes and brows, in the coordinates of the head. */
export function drawEyes(context: Context, look: Look, expression: Expression): void {
  for (const side of [-1, 1]) {
    context.save();
    context.translate(side * 30, 0);
    drawEye(context, look, side, expression);
    drawBrow(context, look, side, expression.browsUp);
    context.restore();
  }
}

function almond(context: Context, half: number, up: number, down: number, side: number): void {
  context.moveTo(-half, side > 0 ? 1.5 : -1);
  context.bezierCurveTo(-half * 0.5, -up * 1.25, half * 0.5, -up * 1.25, half, side > 0 ? -1 : 1.5);
  context.bezierCurveTo(half * 0.5, down * 1.3, -half * 0.5, down * 1.3, -half, side > 0 ? 1.5 : -1);
}

function drawEye(context: Context, look: Look, side: number, { eyesOpen, gazeX, gazeY }: Expression): void {
  const [half, up, down] = [15.5, 9 * eyesOpen, 6 * Math.max(0.25, eyesOpen)];
  const lid = shade(look.skin, -0.72);
  if (eyesOpen > 0.12) {
    clipped(
      context,
      (path) => almond(path, half, up, down, side),
      () => {
        context.fillStyle = verticalGradient(context, -up, down, '#c9c4c0', '#f6f2ee', '#e9e2dc');
        context.fillRect(-half, -12, half * 2, 24);
        const [x, y] = [gazeX * 4, gazeY * 2 - 0.6];
        context.fillStyle = shade(look.eyes, -0.45);
        oval(context, x, y, 7.6, 7.6);
        context.fillStyle = verticalGradient(context, y - 7, y + 7, shade(look.eyes, -0.25), shade(look.eyes, 0.3));
        oval(context, x, y, 6.7, 6.7);
        context.fillStyle = '#0b0808';
        oval(context, x, y, 3.3, 3.3);
        context.fillStyle = 'rgba(255, 255, 255, 0.92)';
        oval(context, x + look.light * 2.2, y - 2.4, 1.7, 1.5);
        spot(context, 0, -up - 1, half, 7, '#20120c', 0.5);
      },
    );
  } else {
    // A closed lid is a little lighter than the socket.
    spot(context, 0, -1, half, 8, shade(look.skin, 0.1), 0.5);
  }
  context.lineCap = 'round';
  context.strokeStyle = alpha(shade(lid, -0.5), 0.95);
  context.lineWidth = 2.3;
  upperLid(context, half, up, side);
  context.strokeStyle = alpha(lid, 0.45);
  context.lineWidth = 1.3;
  context.save();
  context.translate(0, -4.5);
  upperLid(context, half * 0.95, up * 0.9, side);
  context.restore();
  context.beginPath();
  context.moveTo(-half * 0.8, down * 0.6);
  context.quadraticCurveTo(0, down * 1.25, half * 0.8, down * 0.6);
  context.stroke();
}

function upperLid(context: Context, half: number, up: number, side: number): void {
  context.beginPath();
  context.moveTo(-half, side > 0 ? 1.5 : -1);
  context.bezierCurveTo(-half * 0.5, -up * 1.25, half * 0.5, -up * 1.25, half, side > 0 ? -1 : 1.5);
  context.stroke();
}

function drawBrow(context: Context, look: Look, side: number, up: number): void {
  const y = -20 - up * 6;
  context.strokeStyle = alpha(shade(look.hair, -0.25), 0.82);
  for (let i = 0; i < 26; i++) {
    const along = i / 25;
    const x = side * (-15 + 33 * along);
    const arch = y - 5 * Math.sin(along * Math.PI * 0.85);
    context.lineWidth = 1.9 - along;
    context.beginPath();
    context.moveTo(x, arch + 2.6 * (1 - along * 0.6));
    context.lineTo(x + side * 4, arch - 2.4 * (1 - along * 0.5));
    context.stroke();
  }
}

/** The mouth, opened by 0 (closed) to 1. */
export function drawMouth(context: Context, look: Look, open: number): void {
  context.save();
  context.translate(MOUTH.x, MOUTH.y - 3);
  const half = 23 - open * 3;
  const drop = open * 17;
  const up = open * 2.5;
  if (open > 0.04) {
    clipped(
      context,
      (path) => lips(path, half - 1, up + 1.5, drop + 2),
      () => {
        context.fillStyle = verticalGradient(context, -up, drop, '#3a1214', '#5a1f20');
        context.fillRect(-half, -6, half * 2, 40);
        context.fillStyle = verticalGradient(context, -up - 2, -up + 7, '#cfc8c0', '#f7f3ec');
        context.beginPath();
        context.roundRect(-half * 0.72, -up - 4, half * 1.44, 7 + open * 2.5, 3);
        context.fill();
        context.fillStyle = alpha('#b5545a', 0.85);
        oval(context, 0, drop + 3, half * 0.6, drop * 0.42);
      },
    );
  }
  drawLips(context, look, half, up, drop);
  context.restore();
}

function lips(context: Context, half: number, up: number, drop: number): void {
  context.moveTo(-half, 0);
  context.quadraticCurveTo(0, -up * 2, half, 0);
  context.quadraticCurveTo(0, drop * 2, -half, 0);
}

function drawLips(context: Context, look: Look, half: number, up: number, drop: number): void {
  // The corners of a mouth at rest are a little up: a friendly face.
  const corner = -2 * (1 - Math.min(1, drop / 8));
  context.fillStyle = verticalGradient(context, -9 - up, 2, shade(look.lips, -0.05), shade(look.lips, -0.28));
  context.beginPath();
  context.moveTo(-half - 2, corner);
  context.bezierCurveTo(-half * 0.5, -6 - up, -6, -8.5 - up, 0, -5.5 - up);
  context.bezierCurveTo(6, -8.5 - up, half * 0.5, -6 - up, half + 2, corner);
  context.quadraticCurveTo(0, -up * 2 + 2, -half - 2, corner);
  context.fill();
  context.fillStyle = verticalGradient(context, drop, drop + 10, shade(look.lips, 0.06), shade(look.lips, -0.12));
  context.beginPath();
  context.moveTo(-half - 1, corner);
  context.quadraticCurveTo(0, drop * 2 + 1, half + 1, corner);
  context.bezierCurveTo(half * 0.5, drop + 10, half * 0.3, drop + 10.5, 0, drop + 10.5);
  context.bezierCurveTo(-half * 0.3, drop + 10.5, -half * 0.5, drop + 10, -half - 1, corner);
  context.fill();
  spot(context, look.light * 4, drop + 5, 9, 3, '#ffffff', 0.34);
  context.strokeStyle = alpha('#3a1414', drop < 1 ? 0.7 : 0.35);
  context.lineWidth = 1.3;
  context.beginPath();
  context.moveTo(-half - 2, corner);
  context.quadraticCurveTo(0, drop < 1 ? 3.2 : -up * 2 + 2, half + 2, corner);
  context.stroke();
}
