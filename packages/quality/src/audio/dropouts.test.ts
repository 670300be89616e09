import { expect, test } from 'vitest';
import { compareSound, inspectSound } from './compare-sound.ts';
import type { Sound } from './sound.ts';
import { babble, delayed, gaussianNoise } from './sound-fixture.ts';

/** Sound without pauses. */
const steady: Sound = { samples: gaussianNoise(4 * 48_000, 9, 0.1), sampleRateHz: 48_000 };

test.each([20, 40, 60, 200])('three holes of %d ms are found, with and without a reference', (holeMs) => {
  const broken = withHoles(steady, [700, 1500, 3000], holeMs);
  for (const { dropouts, dropoutMs } of [inspectSound(broken), compareSound(steady, broken)]) {
    expect(dropouts).toMatchObject({ value: 3, low: 3, high: 3, unit: '1' });
    expect(dropoutMs).toMatchObject({ value: expect.closeTo(3 * holeMs, -1.5), unit: 'ms' });
  }
});

test('pauses of speech, delay and gain are no dropouts', () => {
  const speech = babble(4);
  expect(inspectSound(speech).dropouts).toMatchObject({ value: 0 });
  const late = delayed({ ...speech, samples: speech.samples.map((sample) => 0.05 * sample) }, 3000);
  expect(compareSound(speech, late).dropouts).toMatchObject({ value: 0 });
});

test('a hole that was filled with noise far below is found by the reference alone', () => {
  const noise = gaussianNoise(steady.samples.length, 3, 0.001);
  const broken = withHoles(steady, [1000], 60);
  const filled = { ...broken, samples: broken.samples.map((sample, i) => sample || (noise[i] as number)) };
  expect(inspectSound(filled).dropouts).toMatchObject({ value: 0 });
  expect(compareSound(steady, filled).dropouts).toMatchObject({ value: 1 });
});

test('scraps have no count', () => {
  const scrap = { ...steady, samples: steady.samples.subarray(0, 9000) };
  expect(inspectSound(scrap).dropouts).toHaveProperty('notMeasured');
  expect(compareSound(scrap, scrap).dropoutMs).toHaveProperty('notMeasured');
});

function withHoles({ samples, sampleRateHz }: Sound, startsMs: readonly number[], holeMs: number): Sound {
  const broken = samples.slice();
  for (const start of startsMs) broken.fill(0, start * 48, (start + holeMs) * 48);
  return { samples: broken, sampleRateHz };
}
