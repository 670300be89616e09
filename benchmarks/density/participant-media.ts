import { AudioEncoder, paintCodeStrip, VideoEncoder } from '@plugfest/media';
import type { AudioChunk, VideoFrame } from '@plugfest/model';
import { rgbaToI420 } from '../../packages/media/src/colour.ts';
import { Portrait } from '../../packages/media/src/portrait/portrait.ts';

export interface PictureSize {
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
}

export interface CodedPictures extends PictureSize {
  /** Access units; the first is a key frame, so that they can be sent again and again. */
  readonly units: readonly Buffer[];
}

export const TICKS_PER_SECOND = 50;
const TICK_SAMPLES = 960;
/** So many pictures are drawn, and played to and fro: drawing costs more than coding. */
const DRAWN = 64;

/** What a participant sends: a portrait that moves. `isStamped`: with its number in the code strip. */
export function codePortrait(
  look: number,
  size: PictureSize & { readonly bitrateBps: number; readonly count: number },
  isStamped = false,
): CodedPictures {
  const { width, height, frameRate, bitrateBps, count } = size;
  const portrait = new Portrait(look, width, height);
  using encoder = VideoEncoder.open({ codec: 'h264', width, height, frameRate, bitrateBps });
  const drawn = Array.from({ length: DRAWN }, (_, n): VideoFrame => {
    const picture = portrait.draw(n / (2 * DRAWN));
    portrait.drawMouth(picture, n / (2 * DRAWN), (n % 5) / 4);
    return { width, height, data: rgbaToI420(picture.canvas.data(), width, height), ptsUs: 0 };
  });
  const units = Array.from({ length: count }, (_, n) => {
    const at = n % (2 * DRAWN - 2);
    const frame = { ...(drawn[at < DRAWN ? at : 2 * DRAWN - 2 - at] as VideoFrame) };
    frame.ptsUs = Math.round((n * 1e6) / frameRate);
    if (isStamped) paintCodeStrip(frame, { participant: look, frameNumber: n, sentMs: 0 });
    return Buffer.concat(encoder.encode(frame).map(({ data }) => data));
  });
  return { width, height, frameRate, units };
}

/** A second of a voice-like sound. */
export function humOf(look: number): AudioChunk[] {
  return secondOf((time) => {
    const syllable = Math.max(0, Math.sin(2 * Math.PI * 4 * time));
    return 2500 * syllable * Math.sin(2 * Math.PI * (150 + 40 * look) * time);
  });
}

/** A second of silence with a burst in it, whose beginning is found to a fraction of a millisecond. */
export function burst(): AudioChunk[] {
  return secondOf((time) => (time >= 0.5 && time < 0.56 ? 20_000 * Math.sin(2 * Math.PI * 1000 * time) : 0));
}

export function codeSound(chunks: readonly AudioChunk[]): Uint8Array[] {
  using encoder = AudioEncoder.open({ codec: 'opus' });
  return chunks.flatMap((chunk) => encoder.encode(chunk));
}

function secondOf(sampleAt: (time: number) => number): AudioChunk[] {
  return Array.from({ length: TICKS_PER_SECOND }, (_, tick) => ({
    samples: Int16Array.from({ length: TICK_SAMPLES }, (_, at) => sampleAt((tick * TICK_SAMPLES + at) / 48_000)),
    sampleRateHz: 48_000,
    channels: 1,
    ptsUs: (tick * 1e6) / TICKS_PER_SECOND,
  }));
}
