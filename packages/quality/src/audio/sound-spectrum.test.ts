import { expect, test } from 'vitest';
import { inspectSound } from './compare-sound.ts';
import { resampledTo } from './rational-resampling.ts';
import { babble, gaussianNoise, mixed, sine } from './sound-fixture.ts';
import { bandwidthClassOf } from './sound-spectrum.ts';

test.each([-80, -60, -40])('the floor of pauses is the noise that was put under them: %d dBFS', (floorDbfs) => {
  const speech = babble(5);
  const noisy = mixed(speech, gaussianNoise(speech.samples.length, 3, 10 ** (floorDbfs / 20)));
  expect(inspectSound(noisy).noiseFloorDbfs).toMatchObject({ value: expect.closeTo(floorDbfs, 0) });
});

test.each([
  [8000, 3900, 4000, 'narrowband'],
  [16_000, 7800, 8000, 'wideband'],
  [24_000, 11_600, 12_000, 'super-wideband'],
  [48_000, 23_800, 24_000, 'fullband'],
] as const)('noise that went by way of %d Hz holds sound up to about %d…%d Hz: %s', (rate, from, to, name) => {
  const noise = gaussianNoise(96_000, 5, 0.1);
  const narrow = Float32Array.from(resampledTo(noise, 48_000, rate));
  const samples = Float32Array.from(resampledTo(narrow, rate, 48_000));
  const { bandwidthHz } = inspectSound({ samples, sampleRateHz: 48_000 });
  if (!('value' in bandwidthHz)) throw new Error(bandwidthHz.notMeasured);
  expect(bandwidthHz.value).toBeGreaterThanOrEqual(from);
  // The filter of 60 dB has a skirt of a tenth of the band.
  expect(bandwidthHz.value).toBeLessThanOrEqual(1.1 * to);
  expect(bandwidthClassOf(bandwidthHz.value)).toBe(name);
});

test('a tone holds sound up to itself, to the resolution of the bands', () => {
  expect(inspectSound(sine(1030, 0.3, 1)).bandwidthHz).toMatchObject({ value: 1200, low: 1100, unit: 'Hz' });
});

test('silence and scraps have neither', () => {
  for (const samples of [new Float32Array(96_000), new Float32Array(300)]) {
    const inspection = inspectSound({ samples, sampleRateHz: 48_000 });
    expect(inspection.noiseFloorDbfs).toHaveProperty('notMeasured');
    expect(inspection.bandwidthHz).toHaveProperty('notMeasured');
  }
});
