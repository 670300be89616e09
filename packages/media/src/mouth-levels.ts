import { SAMPLE_RATE_HZ } from './codec-names.ts';

/** How far the mouth is opened, by level. */
export const MOUTH_OPENINGS = [0, 0.28, 0.52, 0.76, 1] as const;

/** The mouth's level for each frame of the speech loop: 0 is closed. Follows the loudness of the sound that belongs to the frame. */
export function mouthLevels(speech: Int16Array, frameRate: number): Uint8Array {
  const frames = Math.round((speech.length * frameRate) / SAMPLE_RATE_HZ);
  const perFrame = SAMPLE_RATE_HZ / frameRate;
  const loudness = Float64Array.from({ length: frames }, (_, n) => {
    let energy = 0;
    const [from, to] = [Math.floor(n * perFrame), Math.min(speech.length, Math.floor((n + 1) * perFrame))];
    for (let i = from; i < to; i++) energy += (speech[i] as number) ** 2;
    return Math.sqrt(energy / Math.max(1, to - from));
  });
  const loud = Float64Array.from(loudness).sort()[Math.floor(frames * 0.92)] as number;
  const top = MOUTH_OPENINGS.length - 1;
  return Uint8Array.from(loudness, (level) =>
    Math.min(top, Math.round(Math.min(1, level / Math.max(1, loud)) ** 0.9 * top)),
  );
}
