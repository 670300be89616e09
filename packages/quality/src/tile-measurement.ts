import type { Measured, TileMeasurement, VoiceMeasurement } from '@plugfest/model';
import { distributionOf, meanOf, medianInterval, notMeasured } from './distribution.ts';
import { findFreezes } from './freeze-detection.ts';
import { LUMA_METHODS } from './luma-comparison.ts';
import { rateOf } from './picture-rate.ts';
import type { TileRecord, TileSample } from './tile-record.ts';

const SCORED_NOTE = 'at the tile’s size, without code strip, label and border';

/** Fewer pictures say nothing about delay or likeness. */
const MIN_SAMPLES = 5;

export interface TileWindow {
  readonly fromUs: number;
  readonly toUs: number;
  /** Pictures that the viewer was shown in the window. */
  readonly pictures: number;
  readonly firstPictureUs?: number;
  readonly lastPictureUs?: number;
  /** What the participant sends, by plan. */
  readonly nominalFrameRate: number;
  /** Why pictures were not scored, where they were not. */
  readonly unscored?: string;
}

/** Turns what was seen of a participant into numbers. */
export function measureTile(
  record: TileRecord,
  window: TileWindow,
  voice: VoiceMeasurement | undefined,
): TileMeasurement {
  const span = spanOf(record, window);
  const wasAnnounced = record.announcedFrames > 0;
  const wasRead = record.samples.length > 0;
  const freezes = wasRead
    ? findFreezes(record.newPictureUs, { ...span, nominalGapMs: 1000 / window.nominalFrameRate })
    : [];
  // The first may have been shown before the window began: then its age here is not that of its first showing.
  const fresh = record.samples.filter(({ isNew }, i) => isNew && i > 0).map(({ delayMs }) => delayMs);
  const scores = (pick: (sample: TileSample) => number | undefined): number[] =>
    record.samples.map(pick).filter((score) => score !== undefined);
  const scored = (unit: string, method: string, values: number[]) =>
    wasRead && values.length === 0 && window.unscored
      ? notMeasured(window.unscored)
      : distributionOf(values, { unit, method: `${method}; ${SCORED_NOTE}` }, MIN_SAMPLES);
  return {
    participant: record.participant,
    seat: record.seat,
    announcedSeat: record.announcedSeat,
    rect: record.rect,
    frames: wasAnnounced ? record.announcedFrames : window.pictures,
    readableFrames: record.samples.length,
    rightFrames: record.rightFrames,
    strangerFrames: record.strangerFrames,
    frameRate: frameRateOf(record, span),
    freezes,
    frozenMs: freezes.reduce((sum, { durationMs }) => sum + durationMs, 0),
    videoDelayMs: distributionOf(
      fresh,
      { unit: 'ms', method: 'first showing minus send time in the frame’s code' },
      MIN_SAMPLES,
    ),
    psnrY: scored(
      'dB',
      LUMA_METHODS.psnr,
      scores(({ psnrDb }) => psnrDb),
    ),
    ssimY: scored(
      '1',
      LUMA_METHODS.ssim,
      scores(({ ssim }) => ssim),
    ),
    meanLuma: meanOf(record.luma, {
      unit: '0..255',
      method: 'mean luma of the announced seat, without code strip and label',
    }),
    lipSyncMs: lipSyncOf(fresh, voice),
    series: record.samples.map((sample) => rowOf(sample, window.fromUs)),
  };
}

interface Span {
  readonly fromUs: number;
  readonly toUs: number;
}

/** Pictures come within this of each other where nothing is wrong. */
const SLACK_US = 150_000;

/**
 * A participant that was announced for a part of the window is measured in that part. Where the pictures themselves begin late or end early the
 * whole window counts: then nothing moved.
 */
function spanOf(record: TileRecord, { fromUs, toUs, firstPictureUs = fromUs, lastPictureUs = toUs }: TileWindow): Span {
  const { firstAnnouncedUs: first = firstPictureUs, lastAnnouncedUs: last = lastPictureUs } = record;
  return {
    fromUs: first > firstPictureUs + SLACK_US ? first : fromUs,
    toUs: last < lastPictureUs - SLACK_US ? last : toUs,
  };
}

/** The rate of a participant's new pictures, from when it was announced on. */
function frameRateOf(record: TileRecord, span: Span): Measured {
  if (record.samples.length === 0) return notMeasured('its code was never read');
  return rateOf(record.newPictureUs, span, 'distinct source frames shown, by the number in their code');
}

function lipSyncOf(delaysMs: readonly number[], voice: VoiceMeasurement | undefined): Measured {
  if (delaysMs.length < MIN_SAMPLES) return notMeasured('too few pictures');
  const audio = voice?.audioDelayMs;
  if (!audio || 'notMeasured' in audio) return notMeasured(audio?.notMeasured ?? 'no sound');
  const video = medianInterval(delaysMs);
  return {
    value: video.value - audio.value,
    unit: 'ms',
    n: delaysMs.length,
    low: video.low - (audio.high ?? audio.value),
    high: video.high - (audio.low ?? audio.value),
    method: 'median video delay minus audio delay; positive: sound first',
  };
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

/** Where a picture was not scored, its likeness is given as 0. */
function rowOf(sample: TileSample, fromUs: number): TileMeasurement['series'][number] {
  const { shownUs, delayMs, psnrDb = 0, ssim = 0, frameNumber } = sample;
  return [round((shownUs - fromUs) / 1000, 1), round(delayMs, 1), round(psnrDb, 2), round(ssim, 4), frameNumber];
}
