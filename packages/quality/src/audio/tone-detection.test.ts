import { expect, test } from 'vitest';
import type { Sound } from './sound.ts';
import { babble, gaussianNoise, mixed } from './sound-fixture.ts';
import { findDtmf, tonePower } from './tone-detection.ts';

const SYMBOLS = '123A456B789C*0#D';
const LOW_HZ = [697, 770, 852, 941];
const HIGH_HZ = [1209, 1336, 1477, 1633];

test.each([8000, 16_000, 48_000])(
  'all sixteen digits of 50 ms with pauses of 50 ms are read at %d Hz',
  (sampleRateHz) => {
    expect(textOf(keyed(SYMBOLS, { sampleRateHz }))).toBe(SYMBOLS);
  },
);

test('a digit has its time and its length', () => {
  const [digit] = findDtmf(keyed('5', { toneMs: 100 }));
  expect(digit?.startMs).toBeCloseTo(50, -1.5);
  expect(Math.abs((digit?.durationMs ?? 0) - 100)).toBeLessThanOrEqual(10);
});

test.each([
  ['noise 15 dB below', { noise: 0.035 }],
  ['1.5 % off', { detune: 1.015 }],
  ['6 dB of twist', { highGain: 0.5 }],
  ['20 dB down', { gain: 0.1 }],
  ['40 ms', { toneMs: 40 }],
])('digits with %s are read', (_, how) => {
  expect(textOf(keyed(SYMBOLS, { sampleRateHz: 8000, toneMs: 60, ...how }))).toBe(SYMBOLS);
});

test.each([
  ['3.5 % off', { detune: 1.035 }],
  ['of 20 ms', { toneMs: 20 }],
  ['of 23 ms', { toneMs: 23 }],
  ['of one tone', { highGain: 0 }],
])('digits %s are none', (_, how) => {
  expect(textOf(keyed(SYMBOLS, how))).toBe('');
});

test('speech-like noise and white noise hold no digits', () => {
  expect(findDtmf(babble(20))).toEqual([]);
  expect(findDtmf({ samples: gaussianNoise(480_000, 3, 0.3), sampleRateHz: 48_000 })).toEqual([]);
});

test('a sine of amplitude A has the power A²/2', () => {
  const samples = Float32Array.from({ length: 800 }, (_, i) => 0.6 * Math.sin((2 * Math.PI * i) / 8 + 1));
  expect(tonePower(samples, 1000, 8000)).toBeCloseTo(0.18, 6);
  expect(tonePower(samples, 1200, 8000)).toBeLessThan(1e-6);
});

interface Keying {
  readonly sampleRateHz?: number;
  readonly toneMs?: number;
  readonly noise?: number;
  readonly detune?: number;
  readonly highGain?: number;
  readonly gain?: number;
}

function keyed(text: string, how: Keying): Sound {
  const { sampleRateHz = 48_000, toneMs = 50, noise = 0, detune = 1, highGain = 1, gain = 1 } = how;
  const pause = (50 * sampleRateHz) / 1000;
  const tone = (toneMs * sampleRateHz) / 1000;
  const samples = new Float32Array(pause + text.length * (tone + pause));
  for (const [n, symbol] of [...text].entries()) {
    const at = SYMBOLS.indexOf(symbol);
    const turn = (hz: number | undefined): number => (2 * Math.PI * detune * (hz ?? 0)) / sampleRateHz;
    const [low, high] = [turn(LOW_HZ[at >> 2]), turn(HIGH_HZ[at & 3])];
    for (let i = 0; i < tone; i++) {
      samples[pause + n * (tone + pause) + i] = 0.2 * gain * (Math.sin(low * i) + highGain * Math.sin(high * i));
    }
  }
  return mixed({ samples, sampleRateHz }, gaussianNoise(samples.length, 5, noise));
}

function textOf(sound: Sound): string {
  return findDtmf(sound)
    .map(({ symbol }) => symbol)
    .join('');
}
