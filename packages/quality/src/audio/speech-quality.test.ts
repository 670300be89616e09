import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Sound } from './sound.ts';
import { mosOf, speechQuality } from './speech-quality.ts';
import { readWave } from './wave-fixture.ts';

const FOLDER = new URL('../../../../../shared/data/visqol/', import.meta.url);
const reference = readWave(new URL('CA01_01.wav', FOLDER));
const degraded = readWave(new URL('transcoded_CA01_01.wav', FOLDER));
if (!reference || !degraded) console.log('skipped: the conformance pair of ViSQOL is not here (../shared/data/visqol)');

/** Noise from a fixed seed, in syllables of 200 ms: speech enough for the parts. */
function syllables(seconds: number, sampleRateHz: number): Sound {
  let state = 1;
  const samples = Float32Array.from({ length: seconds * sampleRateHz }, (_, i) => {
    state = (state * 48_271) % 2_147_483_647;
    const envelope = Math.max(0, Math.sin((2 * Math.PI * 2.5 * i) / sampleRateHz)) * (1 + Math.sin(i / sampleRateHz));
    return 0.3 * envelope * (state / 2_147_483_647 - 0.5);
  });
  return { samples, sampleRateHz };
}

test('the exponential maps equal sounds to 5, and what is unlike to 1', () => {
  expect(mosOf(1)).toBeCloseTo(5, 6);
  expect(mosOf(0.14)).toBe(1);
});

test.skipIf(!reference || !degraded)('scores the published pair as published', () => {
  const expected = JSON.parse(readFileSync(new URL('expected.json', FOLDER), 'utf8'));
  const pair = [reference as Sound, degraded as Sound] as const;
  expect(speechQuality(...pair)).toMatchObject({
    value: expect.closeTo(expected.speechModeExponentialMosLqo, 6),
    n: 5,
  });
  expect(speechQuality(pair[0], pair[0])).toMatchObject({
    value: expect.closeTo(expected.perfectScoreExponentialUnscaled * 1.245063, 6),
  });
});

test.skipIf(!reference || !degraded)('silence before the degraded sound costs nothing that was not lost', () => {
  const { samples, sampleRateHz } = degraded as Sound;
  const late = new Float32Array(samples.length + 24_000);
  late.set(samples, 24_000);
  const [before, after] = [
    speechQuality(reference as Sound, degraded as Sound),
    speechQuality(reference as Sound, { samples: late, sampleRateHz }),
  ];
  expect('value' in before && 'value' in after && Math.abs(before.value - after.value)).toBeLessThan(0.05);
});

test.each([8000, 16_000, 44_100])('more noise is never better, at %i Hz', (sampleRateHz) => {
  const sent = syllables(4, sampleRateHz);
  let state = 7;
  const scores = [0, 0.003, 0.01, 0.03, 0.1].map((amount) => {
    const samples = sent.samples.map((sample) => {
      state = (state * 48_271) % 2_147_483_647;
      return sample + amount * (state / 2_147_483_647 - 0.5);
    });
    const score = speechQuality(sent, { samples, sampleRateHz });
    if (!('value' in score)) throw new Error(score.notMeasured);
    expect(score.low).toBeLessThanOrEqual(score.value);
    expect(score.high).toBeGreaterThanOrEqual(score.value);
    return score.value;
  });
  expect(scores[0]).toBeCloseTo(5, 5);
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
  expect(new Set(scores).size).toBe(scores.length);
});

test('what cannot be scored says why', () => {
  const sampleRateHz = 16_000;
  const sent = syllables(2, sampleRateHz);
  const silence = { samples: new Float32Array(2 * sampleRateHz), sampleRateHz };
  expect(speechQuality(sent, silence)).toEqual({ notMeasured: 'the degraded sound is silent' });
  expect(speechQuality(silence, sent)).toEqual({ notMeasured: 'the reference is silent' });
  const short = { samples: sent.samples.subarray(0, 1000), sampleRateHz };
  expect(speechQuality(short, sent)).toEqual({ notMeasured: 'the reference is shorter than one window of 80 ms' });
});
