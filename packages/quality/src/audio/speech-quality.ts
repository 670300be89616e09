import type { Measured } from '@plugfest/model';
import { notMeasured } from '../distribution.ts';
import { bootstrapInterval, mean } from '../video/block-bootstrap.ts';
import { envelopeLag, shifted } from './envelope-alignment.ts';
import { GammatoneAnalysis, raiseToAudible, type Spectrogram } from './gammatone-spectrogram.ts';
import { NeurogramComparison, patchOf } from './neurogram-similarity.ts';
import { matchPatches, type PatchMatch } from './patch-matching.ts';
import { durationMs, partOf, type Sound } from './sound.ts';
import { speechPatches } from './speech-patches.ts';

const PATCH_FRAMES = 20;
/** The fit of MOS to NSIM over the TCD-VoIP listening tests, and what makes equal sounds 5. */
const FIT = { offset: -262.847869, slope: 0.0154302525, origin: -361.063949, scale: 1.245063 } as const;
/** Sounds this unlike are not the same speech. */
const LEAST_SIMILARITY = 0.15;

/** Longer sounds are scored in stretches, each aligned by itself: aligning takes memory for a transform of the whole, and delay may change. */
const WHOLE_MS = 60_000;
const STRETCH_MS = 30_000;

/** What ViSQOL found of one pair. */
export interface SpeechSimilarity {
  /** NSIM of each patch of the reference that holds speech; 0 where it was lost. */
  readonly patches: Float64Array;
  /** When each begins in the reference, in ms. */
  readonly startsMs: Float64Array;
}

/**
 * MOS-LQO of speech, at the rate it comes in: band limits are the same at all rates from 16 kHz on.
 * @see Chinen et al. 2020, ViSQOL v3: an open source production ready objective speech and audio metric
 */
export function speechQuality(reference: Sound, degraded: Sound): Measured {
  const patches: number[] = [];
  let reason = 'no reference';
  const endMs = durationMs(reference);
  const stretchMs = endMs > WHOLE_MS ? STRETCH_MS : endMs;
  for (let fromMs = 0; fromMs < endMs; fromMs += stretchMs) {
    const toMs = fromMs + stretchMs;
    const isLast = toMs >= endMs;
    const part = partOf(degraded, fromMs, isLast ? durationMs(degraded) : toMs);
    const found = speechSimilarity(partOf(reference, fromMs, toMs), part);
    if ('notMeasured' in found) reason = found.notMeasured;
    else patches.push(...found.patches);
  }
  return patches.length === 0 ? notMeasured(reason) : mosOfPatches(Float64Array.from(patches));
}

export function mosOfPatches(patches: Float64Array): Measured {
  const { value, low, high } = bootstrapInterval(patches, mean);
  return {
    value: mosOf(value),
    unit: 'MOS-LQO',
    n: patches.length,
    low: mosOf(low),
    high: mosOf(high),
    method: 'visqol-v3-speech-exponential-333',
  };
}

export function mosOf(nsim: number): number {
  if (nsim < LEAST_SIMILARITY) return 1;
  const mos = FIT.offset + Math.exp(FIT.slope * (nsim - FIT.origin));
  return Math.min(5, Math.max(1, mos * Math.fround(FIT.scale)));
}

/** How alike the patches of two sounds of one rate are, once aligned and made equally loud. */
export function speechSimilarity(
  reference: Sound,
  degraded: Sound,
): SpeechSimilarity | { readonly notMeasured: string } {
  if (reference.sampleRateHz !== degraded.sampleRateHz) return notMeasured('the sounds have different sample rates');
  const analysis = new GammatoneAnalysis(reference.sampleRateHz);
  const sent = Float64Array.from(reference.samples);
  if (sent.length <= analysis.windowLength) return notMeasured('the reference is shorter than one window of 80 ms');
  if (degraded.samples.length <= analysis.windowLength)
    return notMeasured('the degraded sound is shorter than one window of 80 ms');
  const got = Float64Array.from(degraded.samples);
  if (powerOf(sent) === 0) return notMeasured('the reference is silent');
  if (powerOf(got) === 0) return notMeasured('the degraded sound is silent');
  const aligned = shifted(got, envelopeLag(sent, got));
  const gain = Math.sqrt(powerOf(sent) / powerOf(aligned));
  if (!Number.isFinite(gain)) return notMeasured('the degraded sound is silent where the reference is not');
  return compareAligned(
    sent,
    aligned.map((sample) => sample * gain),
    analysis,
    reference.sampleRateHz,
  );
}

function compareAligned(
  sent: Float64Array,
  got: Float64Array,
  analysis: GammatoneAnalysis,
  sampleRateHz: number,
): SpeechSimilarity | { readonly notMeasured: string } {
  const first = analysis.spectrogram(sent);
  const second = analysis.spectrogram(got);
  if (!first || !second) return notMeasured('what the two sounds have in common is shorter than one window of 80 ms');
  const [sentCells, gotCells] = [copyOf(first), copyOf(second)];
  raiseToAudible(sentCells, gotCells);
  const hop = { samples: analysis.hop, exact: analysis.windowLength / 4 };
  const starts = speechPatches(sent, sentCells.frames, hop, PATCH_FRAMES);
  if (starts.length === 0) return notMeasured('no patch of 400 ms of the reference holds speech');
  const matches = matchPatches(sentCells, gotCells, starts, PATCH_FRAMES);
  if (matches.length === 0) return notMeasured('the degraded sound ends before the first patch of speech');
  const pair = { sent: { samples: sent, cells: first }, got: { samples: got, cells: second }, analysis, sampleRateHz };
  const seconds = analysis.hop / sampleRateHz;
  return {
    patches: Float64Array.from(matches, (match) => realigned(match, pair)),
    startsMs: Float64Array.from(matches, ({ referenceFrame }) => referenceFrame * seconds * 1000),
  };
}

/** A whole sound with its spectrogram (RMS). */
interface Analysed {
  readonly samples: Float64Array;
  readonly cells: Spectrogram;
}

interface AnalysedPair {
  readonly sent: Analysed;
  readonly got: Analysed;
  readonly analysis: GammatoneAnalysis;
  readonly sampleRateHz: number;
}

/** The patch's similarity once the two stretches of sound are aligned to the sample, where that is better. */
function realigned(
  { referenceFrame, degradedFrame, similarity }: PatchMatch,
  { sent, got, analysis, sampleRateHz }: AnalysedPair,
): number {
  if (!degradedFrame) return similarity;
  const seconds = analysis.hop / sampleRateHz;
  const reference = stretchAt(sent.samples, referenceFrame * seconds, seconds * PATCH_FRAMES, sampleRateHz);
  const degraded = stretchAt(got.samples, degradedFrame * seconds, seconds * PATCH_FRAMES, sampleRateHz);
  const [first, second] = alignedPair(reference, degraded, sampleRateHz);
  const a = spectrogramOf(first, sent, analysis);
  const b = spectrogramOf(second, got, analysis);
  if (!a || !b) return similarity;
  raiseToAudible(a, b);
  return Math.max(similarity, similarityOf(a, b));
}

/** Of a stretch, out of the whole sound's where it begins with one of its frames. */
function spectrogramOf(
  part: Float64Array,
  { samples, cells }: Analysed,
  analysis: GammatoneAnalysis,
): Spectrogram | undefined {
  const first = (part.byteOffset - samples.byteOffset) / part.BYTES_PER_ELEMENT / analysis.hop;
  if (part.buffer !== samples.buffer || !Number.isInteger(first)) return analysis.spectrogram(part);
  if (part.length <= analysis.windowLength) return undefined;
  const frames = 1 + Math.floor((part.length - analysis.windowLength) / analysis.hop);
  const { bands } = cells;
  return { bands, frames, cells: cells.cells.slice(first * bands, (first + frames) * bands) };
}

function copyOf({ bands, frames, cells }: Spectrogram): Spectrogram {
  return { bands, frames, cells: cells.slice() };
}

function similarityOf(a: Spectrogram, b: Spectrogram): number {
  const frames = Math.min(a.frames, b.frames);
  return new NeurogramComparison(frames, a.bands).similarity(patchOf(a, 0, frames), patchOf(b, 0, frames));
}

/** What is missing at the end is put as silence at the beginning: so does the original, and its scores with it. */
function stretchAt(samples: Float64Array, startS: number, durationS: number, sampleRateHz: number): Float64Array {
  const endS = startS + durationS;
  const start = Math.trunc(startS * sampleRateHz);
  const part = samples.subarray(start, Math.min(samples.length - 1, Math.trunc(endS * sampleRateHz)));
  const missing = Math.trunc(endS * sampleRateHz - samples.length);
  return missing > 0 ? shifted(part, missing) : part;
}

/** Both of the same length, with the silence that aligning put before the degraded one cut off again. */
function alignedPair(
  reference: Float64Array,
  degraded: Float64Array,
  sampleRateHz: number,
): [Float64Array, Float64Array] {
  const lag = envelopeLag(reference, degraded);
  const moved = shifted(degraded, lag);
  if (reference.length >= moved.length) return [reference.subarray(0, moved.length), moved];
  // By way of seconds, as the original does it: rounding can make this one sample less than the lag.
  const cut = Math.max(0, Math.trunc((lag / sampleRateHz) * sampleRateHz));
  return [reference.subarray(cut), moved.subarray(cut, reference.length)];
}

function powerOf(samples: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += (samples[i] as number) ** 2;
  return sum / samples.length;
}
