import type { Look } from './look.ts';
import { alpha, type Context, oval, spot, verticalGradient } from './paint.ts';

/** Glasses and headset, in the coordinates of the head. */
export function drawAccessories(context: Context, look: Look): void {
  if (look.glasses) drawGlasses(context, look.glasses, look.faceWidth * 100);
  if (look.headset) drawHeadset(context, look.faceWidth * 100);
}

function drawGlasses(context: Context, frame: string, side: number): void {
  context.strokeStyle = frame;
  context.lineCap = 'round';
  for (const s of [-1, 1]) {
    context.fillStyle = 'rgba(220, 235, 255, 0.1)';
    context.lineWidth = 3.4;
    context.beginPath();
    context.roundRect(s * 30 - 21, -14, 42, 31, 12);
    context.fill();
    context.stroke();
    context.lineWidth = 3;
    context.beginPath();
    context.moveTo(s * 51, -5);
    context.lineTo(s * (side + 1), -8);
    context.stroke();
    context.strokeStyle = 'rgba(255, 255, 255, 0.4)';
    context.lineWidth = 2.2;
    context.beginPath();
    context.moveTo(s * 30 - 12, 8);
    context.lineTo(s * 30 - 2, -9);
    context.stroke();
    context.strokeStyle = frame;
  }
  context.lineWidth = 3.2;
  context.beginPath();
  context.moveTo(-9, -3);
  context.quadraticCurveTo(0, -8, 9, -3);
  context.stroke();
}

function drawHeadset(context: Context, side: number): void {
  context.strokeStyle = '#1c1f26';
  context.lineWidth = 8;
  context.beginPath();
  context.moveTo(-side - 10, 4);
  context.bezierCurveTo(-side - 14, -150, side + 14, -150, side + 10, 4);
  context.stroke();
  context.strokeStyle = 'rgba(255, 255, 255, 0.22)';
  context.lineWidth = 2;
  context.stroke();
  for (const s of [-1, 1]) {
    context.fillStyle = verticalGradient(context, -22, 36, '#3d434e', '#14161b');
    context.beginPath();
    context.roundRect(s * (side + 8) - 12, -20, 24, 52, 11);
    context.fill();
    spot(context, s * (side + 8), -6, 9, 14, '#ffffff', 0.2);
  }
  context.strokeStyle = '#22262e';
  context.lineWidth = 3.4;
  context.beginPath();
  context.moveTo(-side - 8, 26);
  context.bezierCurveTo(-side - 8, 72, -62, 82, -46, 80);
  context.stroke();
  context.fillStyle = '#15171c';
  oval(context, -43, 79, 8, 5.4, -0.1);
  context.strokeStyle = alpha('#ffffff', 0.25);
  context.lineWidth = 1;
  context.stroke();
}
