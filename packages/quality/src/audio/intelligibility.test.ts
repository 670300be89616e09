import { expect, test } from 'vitest';
import { compareSound } from './compare-sound.ts';
import { resampledTo } from './rational-resampling.ts';
import type { Sound } from './sound.ts';
import { babble, delayed, gaussianNoise, mixed, sine } from './sound-fixture.ts';
import { thirdOctaveFrames } from './third-octave-frames.ts';

test('equal sounds, and those that differ in gain or delay alone, are fully intelligible', () => {
  const speech = babble(3);
  expect(scores(speech, speech)).toEqual([expect.closeTo(1, 6), expect.closeTo(1, 6)]);
  const quiet = { ...speech, samples: speech.samples.map((sample) => 0.1 * sample) };
  expect(scores(speech, quiet)).toEqual([expect.closeTo(1, 6), expect.closeTo(1, 6)]);
  const late = scores(speech, delayed(speech, 4321));
  expect(late).toEqual([expect.closeTo(1, 3), expect.closeTo(1, 3)]);
});

test('what has nothing in common is not intelligible, and noise takes away at each step', () => {
  const speech = babble(3);
  const noise = gaussianNoise(speech.samples.length, 11, 0.02);
  const [stoi, estoi] = scores(speech, { samples: noise, sampleRateHz: 48_000 });
  // Clipping to 15 dB above the reference gives even unrelated noise the pauses of speech.
  expect(Math.abs(stoi)).toBeLessThan(0.4);
  expect(Math.abs(estoi)).toBeLessThan(0.2);
  const steps = [0, 0.2, 0.5, 1, 2, 5].map((gain) => scores(speech, mixed(speech, noise, gain)));
  for (const column of [0, 1] as const) {
    for (let i = 1; i < steps.length; i++) {
      expect(steps[i]?.[column]).toBeLessThan(steps[i - 1]?.[column] as number);
    }
  }
});

test('too little speech is not measured', () => {
  const short = babble(0.3);
  expect(compareSound(short, short).stoi).toHaveProperty('notMeasured');
  const narrow = babble(2, 7, 8000);
  expect(compareSound(narrow, narrow).estoi).toEqual({ notMeasured: 'STOI needs 10000 samples/s, the sound has 8000' });
});

test.each([48_000, 16_000, 44_100])(
  'a tone of 1 kHz stays itself from %d Hz to 10 kHz, and one of 6 kHz goes',
  (rate) => {
    const tone = resampledTo(sine(1000, 0.5, 0.5, rate).samples, rate, 10_000);
    for (let i = 500; i < 4500; i++) expect(tone[i]).toBeCloseTo(0.5 * Math.sin((2 * Math.PI * i) / 10), 2);
    const gone = resampledTo(sine(6000, 0.5, 0.5, rate).samples, rate, 10_000).subarray(500, 4500);
    expect(Math.max(...gone)).toBeLessThan(0.002);
  },
);

test('a tone falls into the third octave that holds it', () => {
  const { cells } = thirdOctaveFrames(Float64Array.from(sine(1200, 1, 0.1, 10_000).samples));
  const first = [...cells.subarray(0, 15)];
  expect(first.indexOf(Math.max(...first))).toBe(9);
});

function scores(reference: Sound, degraded: Sound): [number, number] {
  const { stoi, estoi } = compareSound(reference, degraded);
  return ['value' in stoi ? stoi.value : Number.NaN, 'value' in estoi ? estoi.value : Number.NaN];
}
