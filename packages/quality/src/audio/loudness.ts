import type { Measured } from '@plugfest/model';
import { bootstrapSums } from './block-sums.ts';
import { weighted } from './loudness-weighting.ts';
import type { Sound } from './sound.ts';

/** @see ITU-R BS.1770-4 annex 1, EBU Tech 3341 and 3342 */
const STEP_MS = 100;
const GATING_STEPS = 4;
const SHORT_TERM_STEPS = 30;
const ABSOLUTE_GATE_LUFS = -70;
const RELATIVE_GATE_LU = -10;
const RANGE_GATE_LU = -20;
const RANGE_PERCENTILES = [0.1, 0.95] as const;
/** Makes a sine of 997 Hz at full scale in one channel −3.01 LUFS. */
const OFFSET_LU = -0.691;

export interface Loudness {
  readonly loudnessLufs: Measured;
  readonly loudnessRangeLu: Measured;
}

/** Integrated loudness, gated, and the loudness range. A mono sound counts as one channel, as a centre one does. */
export function loudness({ samples, sampleRateHz }: Sound): Loudness {
  const stepLength = Math.round((STEP_MS * sampleRateHz) / 1000);
  const steps = stepPowers(samples, sampleRateHz, stepLength);
  return { loudnessLufs: integrated(steps, samples.length), loudnessRangeLu: range(steps) };
}

/** Mean square of each 100 ms after K-weighting. */
function stepPowers(samples: Float32Array, sampleRateHz: number, stepLength: number): Float64Array {
  const powers = new Float64Array(Math.floor(samples.length / stepLength));
  let [i, sum] = [0, 0];
  weighted(samples, sampleRateHz, (sample) => {
    sum += sample * sample;
    if (++i % stepLength !== 0) return;
    powers[i / stepLength - 1] = sum / stepLength;
    sum = 0;
  });
  return powers;
}

function integrated(steps: Float64Array, n: number): Measured {
  const blocks = windowMeans(steps, GATING_STEPS);
  if (blocks.length === 0) return { notMeasured: 'shorter than one gating block of 400 ms' };
  const audible = blocks.filter((power) => loudnessOf(power) > ABSOLUTE_GATE_LUFS);
  if (audible.length === 0) return { notMeasured: `nothing is louder than ${ABSOLUTE_GATE_LUFS} LUFS` };
  const gate = loudnessOf(meanOf(audible)) + RELATIVE_GATE_LU;
  const kept = audible.filter((power) => loudnessOf(power) > gate);
  // Blocks overlap by three quarters: those drawn are of four at least.
  const interval = bootstrapSums([kept], ([sum], count) => loudnessOf((sum as number) / count), GATING_STEPS);
  return { ...interval, unit: 'LUFS', n, method: 'bs1770-4-integrated-mono' };
}

function range(steps: Float64Array): Measured {
  const blocks = windowMeans(steps, SHORT_TERM_STEPS);
  if (blocks.length === 0) return { notMeasured: 'shorter than one short-term window of 3 s' };
  const audible = blocks.filter((power) => loudnessOf(power) > ABSOLUTE_GATE_LUFS);
  if (audible.length === 0) return { notMeasured: `nothing is louder than ${ABSOLUTE_GATE_LUFS} LUFS` };
  const gate = loudnessOf(meanOf(audible)) + RANGE_GATE_LU;
  const kept = audible.filter((power) => loudnessOf(power) > gate).sort();
  const levelAt = (fraction: number): number => loudnessOf(kept[Math.round(fraction * (kept.length - 1))] as number);
  const [from, to] = RANGE_PERCENTILES;
  const value = levelAt(to) - levelAt(from);
  // Order statistics: how far the ranks themselves may be off, counting windows of 3 s that do not overlap.
  const independent = Math.max(1, kept.length / SHORT_TERM_STEPS);
  const off = (fraction: number): number => 1.96 * Math.sqrt((fraction * (1 - fraction)) / independent);
  const within = (fraction: number): number => Math.max(0, Math.min(1, fraction));
  const least = levelAt(within(to - off(to))) - levelAt(within(from + off(from)));
  const most = levelAt(within(to + off(to))) - levelAt(within(from - off(from)));
  const bounds = { low: Math.max(0, Math.min(value, least)), high: Math.max(value, most) };
  return { value, unit: 'LU', n: kept.length, ...bounds, method: 'ebu-tech-3342-mono' };
}

function windowMeans(steps: Float64Array, length: number): Float64Array {
  const means = new Float64Array(Math.max(0, steps.length - length + 1));
  for (let i = 0; i < means.length; i++) means[i] = meanOf(steps.subarray(i, i + length));
  return means;
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function loudnessOf(power: number): number {
  return OFFSET_LU + 10 * Math.log10(power);
}
