import type { Look } from './look.ts';
import { alpha, type Context, shade, spot, verticalGradient } from './paint.ts';

/** An open hand with its sleeve, gesturing; origin at the wrist, in head units. */
export function drawHand(context: Context, look: Look): void {
  context.lineCap = 'round';
  context.fillStyle = verticalGradient(context, 0, 90, shade(look.cloth, 0.12), shade(look.cloth, -0.3));
  context.beginPath();
  context.moveTo(-24, 8);
  context.lineTo(24, 8);
  context.lineTo(44, 120);
  context.lineTo(-34, 120);
  context.fill();
  const dark = shade(look.skin, -0.5);
  for (const [x, y, turn, long, wide] of [
    [-19, -34, -0.28, 34, 10],
    [-7, -40, -0.08, 41, 10.5],
    [6, -39, 0.1, 38, 10],
    [17, -33, 0.3, 29, 9],
    [-25, -8, -0.95, 30, 11],
  ] as const) {
    context.save();
    context.translate(x, y);
    context.rotate(turn);
    context.strokeStyle = alpha(dark, 0.8);
    context.lineWidth = wide + 1.6;
    finger(context, long);
    context.strokeStyle = verticalGradient(context, -long, 6, shade(look.skin, 0.08), shade(look.skin, -0.06));
    context.lineWidth = wide;
    finger(context, long);
    context.restore();
  }
  context.fillStyle = verticalGradient(context, -44, 16, shade(look.skin, 0.02), shade(look.skin, -0.18));
  context.beginPath();
  context.moveTo(-17, 14);
  context.bezierCurveTo(-30, -10, -29, -36, -20, -42);
  context.bezierCurveTo(-6, -50, 14, -48, 22, -36);
  context.bezierCurveTo(27, -18, 22, 0, 17, 14);
  context.fill();
  spot(context, 0, -18, 20, 24, '#ffd9c4', 0.25);
  spot(context, 0, 12, 24, 12, dark, 0.45);
}

function finger(context: Context, long: number): void {
  context.beginPath();
  context.moveTo(0, 2);
  context.lineTo(0, -long);
  context.stroke();
}
