import type { Random } from '@plugfest/model';
import type { Expression } from './face.ts';
import { between } from './paint.ts';

/** Where head and body are, in head units (and radians), and what the face does. */
export interface Pose extends Expression {
  readonly headX: number;
  readonly headY: number;
  readonly tilt: number;
  /** How far the head is turned, -1..1. */
  readonly turn: number;
  readonly bodyX: number;
  readonly breath: number;
  /** 0: no hand in the picture; 1: fully raised. */
  readonly hand: number;
  readonly handTurn: number;
}

/** A second of the loop in phase. */
type Window = readonly [start: number, length: number];

/** A talking head's movement, periodic over phase 0..1, so that the loop has no seam. */
export function makeMotion(random: Random): (phase: number) => Pose {
  const wave = (...amplitudes: number[]): ((phase: number) => number) => {
    const offsets = amplitudes.map(() => random.next());
    return (phase) =>
      amplitudes.reduce((sum, a, k) => sum + a * Math.sin(2 * Math.PI * ((k + 1) * phase + (offsets[k] as number))), 0);
  };
  const [headX, headY, tilt, turn] = [
    wave(6, 3.5, 1.5, 0, 0.8),
    wave(1.5, 2, 1.2, 0, 1.3, 0.7),
    wave(0.02, 0.02, 0, 0.008),
    wave(0.42, 0.3, 0.16),
  ];
  const [bodyX, breath, gazeX, gazeY] = [wave(5, 1.4), wave(0, 0, 0.012), wave(0.16, 0.1, 0, 0.1), wave(0.1, 0, 0.1)];
  const blinks: Window[] = [0.08, 0.36, 0.59, 0.83].map((at) => [at + between(random, -0.05, 0.05), 0.035]);
  const browLifts: Window[] = [0.2, 0.68].map((at) => [at + between(random, -0.06, 0.06), 0.16]);
  const gesture: Window = [between(random, 0.25, 0.6), 0.3];
  const handTurn = wave(0, 0, 0, 0, 0.16, 0.1, 0.08);
  return (phase) => ({
    headX: headX(phase),
    headY: headY(phase),
    tilt: tilt(phase),
    turn: turn(phase),
    bodyX: bodyX(phase),
    breath: breath(phase),
    gazeX: gazeX(phase) - 0.5 * turn(phase),
    gazeY: gazeY(phase),
    eyesOpen: 1 - Math.max(...blinks.map((blink) => bump(phase, blink) ** 0.6)),
    browsUp: Math.max(...browLifts.map((lift) => bump(phase, lift))),
    hand: Math.min(1, bump(phase, gesture) * 1.7),
    handTurn: handTurn(phase),
  });
}

/** Rises from 0 to 1 and falls back inside the window, around the seam too. */
function bump(phase: number, [start, length]: Window): number {
  const inside = (((phase - start) % 1) + 1) % 1;
  return inside > length ? 0 : Math.sin((Math.PI * inside) / length) ** 2;
}
