import type { ParticipantSource } from '@plugfest/media';
import { layoutTiles, seededRandom } from '@plugfest/model';
import { beforeAll, describe, expect, test } from 'vitest';
import { type IdentityTrial, tryIdentity } from './identity-trial.ts';
import { espeak, prepareParticipants } from './synthetic-participants.ts';

describe.skipIf(!espeak.found)('who is in which tile', () => {
  let sources: ParticipantSource[];
  beforeAll(async () => {
    sources = await prepareParticipants(4);
  }, 120_000);
  const fourTiles = (codec: 'h264' | 'vp8'): IdentityTrial => ({
    sources,
    codec,
    size: { width: 640, height: 360 },
    rects: layoutTiles('equal-2x2', 640, 360),
    bitrateBps: 200_000,
    pictures: 60,
  });

  test.each(['h264', 'vp8'] as const)('2×2 at 200 kbit/s, %s: all read, none wrong', (codec) => {
    expect(tryIdentity(fourTiles(codec))).toEqual({ shown: 240, read: 240, wrong: 0 });
  });

  test.each(['h264', 'vp8'] as const)('a single picture at 60 kbit/s, %s: all read, none wrong', (codec) => {
    const size = { width: 320, height: 180 };
    const single = { sources: sources.slice(0, 1), codec, size, rects: layoutTiles('single', 320, 180) };
    expect(tryIdentity({ ...single, bitrateBps: 60_000, pictures: 120 })).toEqual({ shown: 120, read: 120, wrong: 0 });
  });

  test.each(['h264', 'vp8'] as const)('every tenth packet lost, %s: some unread, none wrong', (codec) => {
    const { shown, read, wrong } = tryIdentity({
      ...fourTiles(codec),
      pictures: 90,
      loss: { ratio: 0.1, random: seededRandom(3) },
    });
    expect(read).toBeGreaterThan(shown / 3);
    expect(read).toBeLessThan(shown);
    expect(wrong).toBe(0);
  });

  test('somebody else’s picture, and one’s own of another time, are wrong', () => {
    const [first, second] = sources as [ParticipantSource, ParticipantSource];
    const impostor = Object.create(first, {
      stamped: { value: (n: number, sentUs: number) => second.stamped(n, sentUs) },
    });
    const late = Object.create(first, {
      stamped: { value: (n: number, sentUs: number) => first.stamped(n, sentUs + 1000) },
    });
    for (const strange of [impostor, late]) {
      const trial = { ...fourTiles('h264'), sources: [strange, ...sources.slice(1)], pictures: 10 };
      expect(tryIdentity(trial)).toEqual({ shown: 40, read: 40, wrong: 10 });
    }
  });

  test('a picture without detail is not read, rather than read wrong', () => {
    const { shown, read, wrong } = tryIdentity({
      ...fourTiles('vp8'),
      size: { width: 96, height: 64 },
      rects: layoutTiles('equal-2x2', 96, 64),
    });
    expect(read).toBeLessThan(shown);
    expect(wrong).toBe(0);
  });
});
