import type { Measured } from '@plugfest/model';
import { transformFor } from '../fourier-transform.ts';
import { blockPowers, decibelsOfPower, type Sound } from './sound.ts';

const BLOCK_MS = 20;
/** Even who speaks without a break is silent for a tenth of the time. */
const QUIET_SHARE = 0.1;
const LEAST_BLOCKS = 50;

/** The level of pauses: the tenth percentile of blocks of 20 ms. */
export function noiseFloor({ samples, sampleRateHz }: Sound): Measured {
  const powers = blockPowers(samples, Math.round((BLOCK_MS * sampleRateHz) / 1000)).sort();
  const n = powers.length;
  if (n < LEAST_BLOCKS) return { notMeasured: `shorter than ${LEAST_BLOCKS * BLOCK_MS} ms` };
  const spread = 1.96 * Math.sqrt((QUIET_SHARE * (1 - QUIET_SHARE)) / n);
  const at = (share: number): number => powers[Math.max(0, Math.min(n - 1, Math.round(share * (n - 1))))] as number;
  if (at(QUIET_SHARE) === 0) return { notMeasured: 'digital silence in pauses: every sample is 0' };
  return {
    value: decibelsOfPower(at(QUIET_SHARE)),
    unit: 'dBFS',
    n,
    low: decibelsOfPower(Math.max(at(QUIET_SHARE - spread), 2 ** -30)),
    high: decibelsOfPower(at(QUIET_SHARE + spread)),
    method: 'tenth-percentile-of-20-ms-1',
  };
}

const TRANSFORM = 2048;
const BAND_HZ = 100;
/** Sound above 10 kHz is some 50 dB below a voice's strongest; what rate converters leave behind is lower. */
const RANGE_DB = 60;

/** The names of bandwidths and the highest frequency of each. @see ITU-T P.10 */
export const BANDWIDTHS = [
  { name: 'narrowband', highestHz: 4500 },
  { name: 'wideband', highestHz: 8500 },
  { name: 'super-wideband', highestHz: 14_500 },
  { name: 'fullband', highestHz: Number.POSITIVE_INFINITY },
] as const;
export type BandwidthClass = (typeof BANDWIDTHS)[number]['name'];

export function bandwidthClassOf(bandwidthHz: number): BandwidthClass {
  return BANDWIDTHS.find(({ highestHz }) => bandwidthHz <= highestHz)?.name ?? 'fullband';
}

/** The upper end of the highest band of 100 Hz that holds sound: no more than 60 dB below the strongest, over the whole sound. */
export function effectiveBandwidth({ samples, sampleRateHz }: Sound): Measured {
  if (samples.length < TRANSFORM) return { notMeasured: `shorter than ${TRANSFORM} samples` };
  const { bands, frames } = bandPowers(samples, sampleRateHz);
  const most = bands.reduce((a, b) => Math.max(a, b), 0);
  if (most === 0) return { notMeasured: 'digital silence: every sample is 0' };
  const highest = bands.findLastIndex((power) => power >= most * 10 ** (-RANGE_DB / 10));
  const value = Math.min(sampleRateHz / 2, (highest + 1) * BAND_HZ);
  const bounds = { low: value - BAND_HZ, high: Math.min(sampleRateHz / 2, value + BAND_HZ) };
  return {
    value,
    unit: 'Hz',
    n: frames,
    ...bounds,
    method: 'bands-of-100-hz-within-60-db-1; interval: the resolution',
  };
}

function bandPowers(samples: Float32Array, sampleRateHz: number): { bands: Float64Array; frames: number } {
  const transform = transformFor(TRANSFORM);
  const [re, im] = [new Float64Array(TRANSFORM), new Float64Array(TRANSFORM)];
  const bands = new Float64Array(Math.ceil(sampleRateHz / 2 / BAND_HZ));
  let frames = 0;
  // Two frames ride on one transform: their powers are added up anyway.
  for (let start = 0; start + TRANSFORM <= samples.length; start += 2 * TRANSFORM) {
    const hasSecond = start + 2 * TRANSFORM <= samples.length;
    frames += hasSecond ? 2 : 1;
    for (let i = 0; i < TRANSFORM; i++) {
      re[i] = (WINDOW[i] as number) * (samples[start + i] as number);
      im[i] = (WINDOW[i] as number) * (hasSecond ? (samples[start + TRANSFORM + i] as number) : 0);
    }
    transform.forward(re, im);
    for (let k = 1; k < TRANSFORM / 2; k++) {
      const band = Math.floor((k * sampleRateHz) / TRANSFORM / BAND_HZ);
      const mirror = TRANSFORM - k;
      bands[band] =
        (bands[band] as number) +
        (re[k] as number) ** 2 +
        (im[k] as number) ** 2 +
        (re[mirror] as number) ** 2 +
        (im[mirror] as number) ** 2;
    }
  }
  return { bands, frames };
}

/** Blackman-Harris: its side lobes are 92 dB down, below what is looked for. */
const WINDOW = Float64Array.from({ length: TRANSFORM }, (_, i) => {
  const t = (2 * Math.PI * i) / TRANSFORM;
  return 0.35875 - 0.48829 * Math.cos(t) + 0.14128 * Math.cos(2 * t) - 0.01168 * Math.cos(3 * t);
});
