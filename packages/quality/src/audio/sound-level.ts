import type { Measured } from '@plugfest/model';
import { notMeasured } from '../distribution.ts';
import { bootstrapInterval, mean } from '../video/block-bootstrap.ts';
import { blockPowers, decibelsOfPower, type Sound } from './sound.ts';

const BLOCK_MS = 20;

/** RMS over the whole sound against a full-scale square wave: a full-scale sine has −3.01 dBFS. */
export function soundLevel({ samples, sampleRateHz }: Sound): Measured {
  const powers = blockPowers(samples, Math.round((BLOCK_MS * sampleRateHz) / 1000));
  if (powers.length === 0) return notMeasured('no samples');
  const { value, low, high } = bootstrapInterval(powers, mean);
  if (value === 0) return notMeasured('digital silence: every sample is 0');
  return {
    value: decibelsOfPower(value),
    unit: 'dBFS',
    n: samples.length,
    // A resample of silent blocks alone has no level: the quietest that 16 bits hold stands for it.
    low: decibelsOfPower(Math.max(low, 2 ** -30)),
    high: decibelsOfPower(high),
    method: 'rms-dbfs-1',
  };
}

/** The largest sample. */
export function samplePeak({ samples }: Sound): Measured {
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  if (peak === 0) return notMeasured('no sample differs from 0');
  const value = 20 * Math.log10(peak);
  return { value, unit: 'dBFS', n: samples.length, low: value, high: value, method: 'sample-peak-1' };
}

/** A run of this many samples at the rail is cut off: a single one can be a peak that just fits. */
const CLIPPED_RUN = 3;
/** How far below the largest sample counts as at the rail: half a step of 16 bits. */
const RAIL_WIDTH = 0.5 / 32_768;
/** A limiter or a codec may clip below full scale, but never so far below. */
const LEAST_RAIL = 0.5;

/** The share of samples that lie in runs of three or more at the sound's own extreme, where that is above −6 dBFS. */
export function clippedRatio({ samples, sampleRateHz }: Sound): Measured {
  if (samples.length === 0) return notMeasured('no samples');
  let [top, bottom] = [0, 0];
  for (const sample of samples) {
    if (sample > top) top = sample;
    if (sample < bottom) bottom = sample;
  }
  const railed = Math.max(1, Math.round((BLOCK_MS * sampleRateHz) / 1000));
  const blocks = new Float64Array(Math.ceil(samples.length / railed));
  for (let i = 0; i < samples.length; ) {
    const end = runEnd(samples, i, top, bottom);
    if (end - i >= CLIPPED_RUN) {
      for (let at = i; at < end; at++) {
        const block = Math.floor(at / railed);
        blocks[block] = (blocks[block] as number) + 1;
      }
    }
    i = Math.max(end, i + 1);
  }
  const scale = blocks.length / samples.length;
  const { value, low, high } = bootstrapInterval(blocks, mean);
  return {
    value: value * scale,
    unit: 'ratio',
    n: samples.length,
    low: low * scale,
    high: Math.min(1, high * scale),
    method: 'clipped-runs-of-3-1',
  };
}

/** Where the run at a rail that begins at `start` ends; `start` where none does. */
function runEnd(samples: Float32Array, start: number, top: number, bottom: number): number {
  let end = start;
  const first = samples[start] as number;
  if (first > 0 && top >= LEAST_RAIL)
    while (end < samples.length && (samples[end] as number) >= top - RAIL_WIDTH) end++;
  if (first < 0 && -bottom >= LEAST_RAIL) {
    while (end < samples.length && (samples[end] as number) <= bottom + RAIL_WIDTH) end++;
  }
  return end;
}
