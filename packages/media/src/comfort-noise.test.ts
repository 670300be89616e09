import { seededRandom } from '@plugfest/model';
import { expect, test } from 'vitest';
import { ComfortNoise } from './comfort-noise.ts';

const levelDbov = (samples: readonly number[]): number =>
  10 * Math.log10(samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length / 32_768 ** 2);

test.each([20, 40, 60])(
  'a payload of %i is noise of that many dB below the overload point (RFC 3389 §3.1)',
  (level) => {
    const noise = new ComfortNoise(seededRandom(1));
    noise.update(Uint8Array.of(level, 1, 2, 3));
    const samples = Array.from({ length: 50 }, () => [...noise.next()]).flat();
    expect(levelDbov(samples)).toBeCloseTo(-level, 0);
    expect(Math.abs(samples.reduce((sum, sample) => sum + sample, 0) / samples.length)).toBeLessThan(
      32_768 * 10 ** (-level / 20) * 0.05,
    );
  },
);

test('a payload without a level, or with one that is none, changes nothing', () => {
  const noise = new ComfortNoise(seededRandom(1));
  noise.update(Uint8Array.of(200));
  noise.update(new Uint8Array());
  expect(new Set(noise.next())).toEqual(new Set([0]));
});
