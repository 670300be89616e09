import { expect, test } from 'vitest';
import { alignSounds } from './aligned-sounds.ts';
import { compareSound } from './compare-sound.ts';
import type { Sound } from './sound.ts';
import { babble, gaussianNoise, mixed } from './sound-fixture.ts';
import { timeScaling } from './time-scaling.ts';

const speech = babble(6);

test.each([0.99, 0.998, 1, 1.0005, 1.002, 1.01])('sound that takes %d as long', (ratio) => {
  const measured = measure(speech, mixed(stretched(speech, ratio), gaussianNoise(320_000, 5, 0.003)));
  if (!('value' in measured)) throw new Error(measured.notMeasured);
  expect(Math.abs(measured.value - ratio)).toBeLessThan(2e-4);
  expect(measured.low).toBeLessThanOrEqual(measured.value);
  expect(measured.high).toBeGreaterThanOrEqual(measured.value);
});

test('what is not the same sound, or too short, has no ratio', () => {
  expect(measure(speech, { samples: gaussianNoise(288_000, 5, 0.1), sampleRateHz: 48_000 })).toHaveProperty(
    'notMeasured',
  );
  const short = babble(1);
  expect(compareSound(short, short).timeScaling).toHaveProperty('notMeasured');
});

test('a tone fits everywhere, and has no ratio', () => {
  const samples = Float32Array.from({ length: 192_000 }, (_, i) => 0.2 * Math.sin((2 * Math.PI * 440 * i) / 48_000));
  const tone = { samples, sampleRateHz: 48_000 };
  expect(measure(tone, tone)).toHaveProperty('notMeasured');
});

function measure(reference: Sound, degraded: Sound): ReturnType<typeof timeScaling> {
  const aligned = alignSounds(reference, degraded);
  return 'notMeasured' in aligned ? aligned : timeScaling(aligned);
}

/** As a resampler with linear steps makes it: good enough for sound that falls off early. */
function stretched({ samples, sampleRateHz }: Sound, ratio: number): Sound {
  const out = Float32Array.from({ length: Math.floor(samples.length * ratio) }, (_, i) => {
    const at = i / ratio;
    const before = Math.floor(at);
    const share = at - before;
    return (1 - share) * (samples[before] ?? 0) + share * (samples[before + 1] ?? 0);
  });
  return { samples: out, sampleRateHz };
}
