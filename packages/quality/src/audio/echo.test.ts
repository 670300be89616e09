import { expect, test } from 'vitest';
import { inspectSound } from './compare-sound.ts';
import type { Sound } from './sound.ts';
import { babble, delayed, gaussianNoise, mixed } from './sound-fixture.ts';

const own = babble(8, 3);

test.each([
  [10, 20],
  [20, 150],
  [30, 400],
  [40, 730],
])('an echo %d dB down after %d ms is found under noise', (lossDb, delayMs) => {
  const noise: Sound = { samples: gaussianNoise(own.samples.length, 21, 0.0003), sampleRateHz: 48_000 };
  const heard = mixed(noise, delayed(own, delayMs * 48).samples, 10 ** (-lossDb / 20));
  const { echoLossDb, echoDelayMs } = inspectSound(heard, { ownVoice: own });
  expect('value' in echoLossDb && Math.abs(echoLossDb.value - lossDb)).toBeLessThan(0.5);
  expect(echoDelayMs).toMatchObject({ value: expect.closeTo(delayMs, 1), unit: 'ms' });
});

test('an echo 20 dB down is found while another speaks', () => {
  const heard = mixed(babble(8, 99), delayed(own, 9600).samples, 0.1);
  const { echoLossDb, echoDelayMs } = inspectSound(heard, { ownVoice: own });
  expect('value' in echoLossDb && Math.abs(echoLossDb.value - 20)).toBeLessThan(1);
  expect(echoDelayMs).toMatchObject({ value: expect.closeTo(200, 1) });
});

test('where there is no echo, or no voice to look for, there is no number', () => {
  expect(inspectSound(babble(8, 99), { ownVoice: own }).echoLossDb).toEqual({
    notMeasured: 'the own voice was not found in what was heard',
  });
  expect(inspectSound(own).echoDelayMs).toEqual({ notMeasured: 'no own voice was given' });
});
