import { expect, test } from 'vitest';
import { alignSounds } from './aligned-sounds.ts';
import { compareSound } from './compare-sound.ts';
import type { Sound } from './sound.ts';
import { babble, delayed, gaussianNoise, mixed, sine } from './sound-fixture.ts';

/** Two sines of whole periods are orthogonal: the ratio is that of their powers. */
test.each([40, 20, 6, 0, -10])('a sine with an orthogonal one %d dB below it', (ratioDb) => {
  const speech = sine(440, 0.3, 1);
  const degraded = mixed(speech, sine(1000, 0.3, 1).samples, 10 ** (-ratioDb / 20));
  expect(compareSound(speech, degraded).siSdrDb).toMatchObject({ value: expect.closeTo(ratioDb, 2), unit: 'dB' });
});

test('neither gain, sign, offset nor delay changes it', () => {
  const speech = babble(3);
  const noisy = mixed(speech, gaussianNoise(speech.samples.length, 3, 0.01));
  const plain = ratioOf(speech, noisy);
  expect(plain).toBeGreaterThan(5);
  expect(ratioOf(speech, { ...noisy, samples: noisy.samples.map((sample) => -0.3 * sample) })).toBeCloseTo(plain, 3);
  expect(ratioOf(speech, { ...noisy, samples: noisy.samples.map((sample) => sample + 0.1) })).toBeCloseTo(plain, 2);
  expect(ratioOf(speech, delayed(noisy, 12_345))).toBeCloseTo(plain, 3);
  expect(ratioOf(delayed(speech, 1011), noisy)).toBeCloseTo(plain, 3);
});

test('equal sounds have the most that is told, and the interval holds the truth of noise', () => {
  const speech = babble(3);
  expect(ratioOf(speech, speech)).toBe(100);
  const noise = gaussianNoise(speech.samples.length, 5, 0.02);
  const power = (samples: Float32Array): number => samples.reduce((sum, sample) => sum + sample ** 2, 0);
  const truth = 10 * Math.log10(power(speech.samples) / power(noise));
  const measured = compareSound(speech, mixed(speech, noise)).siSdrDb as { low: number; high: number };
  expect(measured.low).toBeLessThan(truth);
  expect(measured.high).toBeGreaterThan(truth);
});

test.each([0, 1, 7, 4801, -960])('the delay is found to the sample: %d', (delay) => {
  const speech = babble(2);
  const [reference, degraded] = delay < 0 ? [delayed(speech, -delay), speech] : [speech, delayed(speech, delay)];
  expect(alignSounds(reference, degraded)).toMatchObject({ delaySamples: delay });
});

function ratioOf(reference: Sound, degraded: Sound): number {
  const { siSdrDb } = compareSound(reference, degraded);
  return 'value' in siSdrDb ? siSdrDb.value : Number.NaN;
}
