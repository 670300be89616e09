import type { Measured } from '@plugfest/model';
import type { AlignedSounds } from './aligned-sounds.ts';
import { bootstrapSums } from './block-sums.ts';

const BLOCK_MS = 20;
/** More than 16 bits hold (98 dB): what differs by less is said to be equal, of whatever sign. */
const LIMIT_DB = 100;

/**
 * Scale-invariant signal-to-distortion ratio: of the part of the degraded sound that is the reference times any gain, to all the rest, both without their
 * means; within ±100 dB.
 * @see Le Roux, Wisdom, Erdogan, Hershey 2019, SDR – half-baked or well done?
 */
export function scaleInvariantRatio({ reference, degraded, sampleRateHz }: AlignedSounds): Measured {
  const [sentMean, gotMean] = [meanOf(reference), meanOf(degraded)];
  const blockLength = Math.max(1, Math.round((BLOCK_MS * sampleRateHz) / 1000));
  const blocks = Math.max(1, Math.floor(reference.length / blockLength));
  const [sent, got, both] = [new Float64Array(blocks), new Float64Array(blocks), new Float64Array(blocks)];
  for (let i = 0; i < reference.length; i++) {
    const block = Math.min(blocks - 1, Math.floor(i / blockLength));
    const s = (reference[i] as number) - sentMean;
    const d = (degraded[i] as number) - gotMean;
    sent[block] = (sent[block] as number) + s * s;
    got[block] = (got[block] as number) + d * d;
    both[block] = (both[block] as number) + s * d;
  }
  const interval = bootstrapSums([sent, got, both], ([ss, dd, sd]) =>
    ratioOf(ss as number, dd as number, sd as number),
  );
  if (!Number.isFinite(interval.value)) return { notMeasured: 'one of the sounds is constant' };
  return { ...interval, unit: 'dB', n: reference.length, method: 'si-sdr-zero-mean-1' };
}

function ratioOf(sent: number, got: number, both: number): number {
  if (sent <= 0 || got <= 0) return Number.NaN;
  const target = both ** 2 / sent;
  const rest = Math.max(0, got - target);
  return Math.max(-LIMIT_DB, Math.min(LIMIT_DB, 10 * Math.log10(target / rest)));
}

function meanOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample;
  return sum / samples.length;
}
