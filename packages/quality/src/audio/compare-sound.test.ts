import { expect, test } from 'vitest';
import { compareSound, inspectSound } from './compare-sound.ts';
import type { Sound } from './sound.ts';

function sine(hz: number, amplitude: number, seconds = 2, sampleRateHz = 48_000): Sound {
  const samples = Float32Array.from(
    { length: seconds * sampleRateHz },
    (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / sampleRateHz),
  );
  return { samples, sampleRateHz };
}

test('a full-scale sine has −3.01 dBFS and is not clipped', () => {
  const { levelDbfs, clippedRatio } = inspectSound(sine(997, 1));
  expect(levelDbfs).toMatchObject({ value: expect.closeTo(-3.0103, 3), unit: 'dBFS', n: 96_000 });
  expect(clippedRatio).toMatchObject({ value: 0, low: 0, high: 0 });
});

test('the share of clipped samples follows from the sine: 2/π·acos(1/2) of one driven 6 dB over', () => {
  const { samples, sampleRateHz } = sine(100, 2);
  const cut = samples.map((sample) => Math.max(-1, Math.min(1, sample)));
  expect(inspectSound({ samples: cut, sampleRateHz }).clippedRatio).toMatchObject({
    value: expect.closeTo((2 / Math.PI) * Math.acos(1 / 2), 2),
  });
});

test('what is too short or silent is not measured, and nothing throws', () => {
  for (const samples of [new Float32Array(0), new Float32Array(1), new Float32Array(48_000)]) {
    const comparison = compareSound({ samples, sampleRateHz: 48_000 }, { samples, sampleRateHz: 48_000 });
    for (const [name, value] of Object.entries(comparison)) {
      if (typeof value !== 'object' || !('value' in value)) continue;
      expect(Number.isFinite(value.value), name).toBe(true);
    }
    expect(comparison.levelDbfs).toHaveProperty('notMeasured');
  }
});
