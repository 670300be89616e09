import type { Measured } from '@plugfest/model';
import { type AlignedSounds, alignSounds } from './aligned-sounds.ts';
import { compareDropouts, findDropouts } from './dropouts.ts';
import { findEcho } from './echo.ts';
import { intelligibility } from './intelligibility.ts';
import { loudness } from './loudness.ts';
import { scaleInvariantRatio } from './scale-invariant-ratio.ts';
import type { Sound } from './sound.ts';
import { clippedRatio, samplePeak, soundLevel } from './sound-level.ts';
import { effectiveBandwidth, noiseFloor } from './sound-spectrum.ts';
import { speechQuality } from './speech-quality.ts';
import { timeScaling } from './time-scaling.ts';
import { truePeak } from './true-peak.ts';

/** What is known besides. */
export interface SoundContext {
  /** What was said where the sound was heard, on the same time: its echo is looked for. */
  readonly ownVoice?: Sound;
}

/** What a sound says of itself, without a reference. */
export interface SoundInspection {
  readonly levelDbfs: Measured;
  readonly samplePeakDbfs: Measured;
  readonly clippedRatio: Measured;
  /** Integrated loudness by EBU R 128. */
  readonly loudnessLufs: Measured;
  readonly loudnessRangeLu: Measured;
  readonly truePeakDbtp: Measured;
  /** What is heard in pauses. */
  readonly noiseFloorDbfs: Measured;
  /** Up to where sound reaches; `bandwidthClassOf` names it. */
  readonly bandwidthHz: Measured;
  /** How often sound was lost for a moment, and for how long in all: against the reference where there is one. */
  readonly dropouts: Measured;
  readonly dropoutMs: Measured;
  /** How much weaker the own voice comes back, and when: where it is given. */
  readonly echoLossDb: Measured;
  readonly echoDelayMs: Measured;
}

/** What a sound says against what was sent: the degraded sound's own values, and those that need both. */
export interface SoundComparison extends SoundInspection {
  /** Degraded level minus reference level. */
  readonly levelDifferenceDb: Measured;
  /** ViSQOL v3, speech mode: 1…5. */
  readonly visqolMosLqo: Measured;
  /** Scale-invariant signal-to-distortion ratio once aligned: −100…100. */
  readonly siSdrDb: Measured;
  /** Short-time objective intelligibility: about 0…1. */
  readonly stoi: Measured;
  /** The extended one, which also knows maskers that come and go. */
  readonly estoi: Measured;
  /** How much longer the degraded sound lasts: 1 where it runs as fast as the reference. */
  readonly timeScaling: Measured;
}

export function inspectSound(sound: Sound, { ownVoice }: SoundContext = {}): SoundInspection {
  return {
    levelDbfs: soundLevel(sound),
    samplePeakDbfs: samplePeak(sound),
    clippedRatio: clippedRatio(sound),
    ...loudness(sound),
    truePeakDbtp: truePeak(sound),
    noiseFloorDbfs: noiseFloor(sound),
    bandwidthHz: effectiveBandwidth(sound),
    ...findDropouts(sound),
    ...findEcho(sound, ownVoice),
  };
}

export function compareSound(reference: Sound, degraded: Sound, context: SoundContext = {}): SoundComparison {
  const inspection = inspectSound(degraded, context);
  const aligned = alignSounds(reference, degraded);
  const ofAligned = (measure: (sounds: AlignedSounds) => Measured): Measured =>
    'notMeasured' in aligned ? aligned : measure(aligned);
  return {
    ...inspection,
    levelDifferenceDb: differenceOf(inspection.levelDbfs, soundLevel(reference)),
    visqolMosLqo: speechQuality(reference, degraded),
    ...('notMeasured' in aligned ? { dropouts: aligned, dropoutMs: aligned } : compareDropouts(aligned)),
    timeScaling: ofAligned(timeScaling),
    siSdrDb: ofAligned(scaleInvariantRatio),
    ...('notMeasured' in aligned ? { stoi: aligned, estoi: aligned } : intelligibility(aligned)),
  };
}

function differenceOf(degraded: Measured, reference: Measured): Measured {
  if ('notMeasured' in degraded) return { notMeasured: `degraded sound: ${degraded.notMeasured}` };
  if ('notMeasured' in reference) return { notMeasured: `reference: ${reference.notMeasured}` };
  const value = degraded.value - reference.value;
  return {
    value,
    unit: 'dB',
    n: Math.min(degraded.n, reference.n),
    // The two rise and fall with the same speech: only the wider of their intervals is uncertainty of the difference.
    low: value - Math.max(degraded.value - (degraded.low ?? 0), reference.value - (reference.low ?? 0)),
    high: value + Math.max((degraded.high ?? 0) - degraded.value, (reference.high ?? 0) - reference.value),
    method: 'rms-difference-1',
  };
}
