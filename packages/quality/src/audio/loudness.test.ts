import { expect, test } from 'vitest';
import { inspectSound } from './compare-sound.ts';
import { ebur128 } from './loudness-fixture.ts';
import type { Sound } from './sound.ts';
import { babble, gaussianNoise, mixed, sine } from './sound-fixture.ts';

/** @see EBU Tech 3341 §2.9, with one channel instead of two (3 LU less) */
test('a sine of 1 kHz at −23 dBFS is −26 LUFS in one channel', () => {
  const { loudnessLufs, loudnessRangeLu } = inspectSound(sine(1000, 10 ** (-23 / 20), 20));
  expect(loudnessLufs).toMatchObject({ value: expect.closeTo(-26, 1), unit: 'LUFS' });
  expect(loudnessRangeLu).toMatchObject({ value: expect.closeTo(0, 1), unit: 'LU' });
});

/** @see EBU Tech 3342 §3.1 test 1 */
test('20 s at −20 and 20 s at −30 dBFS have a range of 10 LU', () => {
  const sound = joined(sine(1000, 10 ** (-20 / 20), 20), sine(1000, 10 ** (-30 / 20), 20));
  expect(inspectSound(sound).loudnessRangeLu).toMatchObject({ value: expect.closeTo(10, 0) });
});

test('a sine between its samples peaks at its amplitude', () => {
  // It fades in and out: one that is cut on really swings over.
  const samples = Float32Array.from(
    { length: 48_000 },
    (_, i) => 0.5 * Math.sin((Math.PI * i) / 48_000) * Math.sin((Math.PI / 2) * i + Math.PI / 4),
  );
  const { samplePeakDbfs, truePeakDbtp } = inspectSound({ samples, sampleRateHz: 48_000 });
  expect(samplePeakDbfs).toMatchObject({ value: expect.closeTo(-9.03, 2) });
  expect(truePeakDbtp).toMatchObject({ value: expect.closeTo(-6.02, 1), unit: 'dBTP' });
});

test.each<[string, Sound]>([
  ['speech-like noise', babble(20)],
  ['speech-like noise that grows', ramped(babble(20, 5))],
  ['speech-like noise, loud and low, with a pause', joined(babble(15), sine(50, 1e-5, 1), quieter(babble(15, 3)))],
  ['white noise', { samples: gaussianNoise(480_000, 3, 0.1), sampleRateHz: 48_000 }],
  ['a low tone with hum', mixed(sine(120, 0.4, 10), sine(50, 0.2, 10).samples)],
])('%s is as loud, ranges as far and peaks as high as by FFmpeg’s ebur128', (_, sound) => {
  const expected = ebur128(sound);
  const { loudnessLufs, loudnessRangeLu, truePeakDbtp } = inspectSound(sound);
  expect(loudnessLufs).toMatchObject({ value: expect.closeTo(expected.integratedLufs, 1) });
  expect('value' in loudnessRangeLu && Math.abs(loudnessRangeLu.value - expected.rangeLu)).toBeLessThan(0.15);
  expect('value' in truePeakDbtp && Math.abs(truePeakDbtp.value - expected.truePeakDbtp)).toBeLessThan(0.2);
});

test('what is too short or too quiet has no loudness', () => {
  expect(inspectSound(sine(1000, 0.5, 0.3)).loudnessLufs).toHaveProperty('notMeasured');
  expect(inspectSound(sine(1000, 0.5, 2)).loudnessRangeLu).toHaveProperty('notMeasured');
  expect(inspectSound(sine(1000, 1e-5, 5)).loudnessLufs).toEqual({ notMeasured: 'nothing is louder than -70 LUFS' });
});

function ramped({ samples, sampleRateHz }: Sound): Sound {
  return { samples: samples.map((sample, i) => sample * (0.1 + (0.9 * i) / samples.length)), sampleRateHz };
}

function quieter(sound: Sound): Sound {
  return { ...sound, samples: sound.samples.map((sample) => 0.25 * sample) };
}

function joined(...sounds: readonly Sound[]): Sound {
  return { samples: Float32Array.from(sounds.flatMap(({ samples }) => [...samples])), sampleRateHz: 48_000 };
}
