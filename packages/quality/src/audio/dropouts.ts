import type { Measured } from '@plugfest/model';
import type { AlignedSounds } from './aligned-sounds.ts';
import { blockPowers, type Sound } from './sound.ts';

const BLOCK_MS = 5;
/** Shorter holes are hardly heard, and concealment fills most of them. */
const LEAST_MS = 15;
/** What is silent for longer was muted, or nobody spoke. */
const MOST_MS = 2000;
/** Two steps of 16 bits: what a hole holds. */
const HOLE_POWER = (2 / 32_768) ** 2;
/** −50 dBFS: what is quieter is not missed. */
const CUT_POWER = 1e-5;
/** Sound that is cut off was as loud as ever right before; a voice that fades into a pause is weaker than in the 40 ms before by then. */
const CUT_RATIO = 0.4;
const BEFORE = 8;
/** Of the reference: no more than this below its mean is sound that must arrive. */
const SOUND_RATIO = 10 ** (-20 / 10);
/** Sound that came this much weaker than all of it did is lost. */
const LOST_RATIO = 10 ** (-25 / 10);
/** How far receivers may have moved sound in time, in blocks. */
const SLACK = 4;

export interface Dropouts {
  readonly dropouts: Measured;
  readonly dropoutMs: Measured;
}

/** Holes that cut sound off: at least 15 ms of (nearly) nothing with sound above −50 dBFS right before and after. */
export function findDropouts({ samples, sampleRateHz }: Sound): Dropouts {
  const powers = blockPowers(samples, Math.round((BLOCK_MS * sampleRateHz) / 1000));
  if (powers.length * BLOCK_MS < 1000) return none('shorter than 1 s');
  const runs = runsOf(powers.length, (i) => (powers[i] as number) <= HOLE_POWER);
  const holes = runs.filter(([from, to]) => to - from <= MOST_MS / BLOCK_MS && isCutOff(powers, from, to));
  return counted(holes, powers.length, 'cut-holes-15-ms-1; counted');
}

/** Stretches of at least 15 ms that the reference has sound in and that came more than 25 dB weaker than the whole did. */
export function compareDropouts({ reference, degraded, sampleRateHz }: AlignedSounds): Dropouts {
  const blockLength = Math.round((BLOCK_MS * sampleRateHz) / 1000);
  const [sent, got] = [blockPowers(reference, blockLength), blockPowers(degraded, blockLength)];
  if (sent.length * BLOCK_MS < 1000) return none('the sounds have less than 1 s in common');
  const [sentMean, gotMean] = [sent, got].map(meanOf) as [number, number];
  const isLost = (i: number): boolean => {
    const due = quietestNear(sent, i);
    return due > sentMean * SOUND_RATIO && (got[i] as number) < (due / sentMean) * gotMean * LOST_RATIO;
  };
  return counted(runsOf(sent.length, isLost), sent.length, 'lost-25-db-15-ms-1; counted');
}

/** The blocks at the edges may hold a little of both: the louder of two tells. */
function isCutOff(powers: Float64Array, from: number, to: number): boolean {
  if (from === 0) return false;
  const before = Math.max(powers[from - 1] ?? 0, powers[from - 2] ?? 0);
  const earlier = meanOf(powers.subarray(Math.max(0, from - BEFORE), from));
  const after = Math.max(powers[to] ?? 0, powers[to + 1] ?? 0);
  return before > CUT_POWER && after > CUT_POWER && before > CUT_RATIO * earlier;
}

function runsOf(count: number, isIn: (i: number) => boolean): [from: number, to: number][] {
  const runs: [number, number][] = [];
  for (let i = 0; i < count; i++) {
    if (!isIn(i)) continue;
    const from = i;
    while (i < count && isIn(i)) i++;
    if ((i - from) * BLOCK_MS >= LEAST_MS) runs.push([from, i]);
  }
  return runs;
}

function quietestNear(powers: Float64Array, at: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = Math.max(0, at - SLACK); i <= Math.min(powers.length - 1, at + SLACK); i++)
    least = Math.min(least, powers[i] as number);
  return least;
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function counted(runs: readonly (readonly [number, number])[], n: number, method: string): Dropouts {
  const exactly = (value: number, unit: string): Measured => ({ value, unit, n, low: value, high: value, method });
  const blocks = runs.reduce((sum, [from, to]) => sum + to - from, 0);
  return { dropouts: exactly(runs.length, '1'), dropoutMs: exactly(blocks * BLOCK_MS, 'ms') };
}

function none(reason: string): Dropouts {
  return { dropouts: { notMeasured: reason }, dropoutMs: { notMeasured: reason } };
}
