import { scaleFrame } from '@plugfest/media';
import type { VideoFrame } from '@plugfest/model';
import { compareLuma, PSNR_CAP_DB } from '../luma-comparison.ts';
import { lumaOf } from '../luma-plane.ts';
import { mean } from './block-bootstrap.ts';
import { type MetricRow, MetricSeries } from './metric-series.ts';
import { scoresOf, type VideoScores } from './video-scores.ts';

/** The metrics that hold a picture against what was sent. */
export const COMPARISON_METRICS = ['psnrY', 'ssimY'] as const;
export type ComparisonMetric = (typeof COMPARISON_METRICS)[number];

const ROWS: Record<ComparisonMetric, MetricRow<ComparisonMetric>> = {
  psnrY: {
    of: 'psnrY',
    unit: 'dB',
    method: 'psnr (FFmpeg psnr filter, luma, of the mean squared error over all frames, cap 100 dB)',
    pooling: mean,
    fromPooled: psnrOf,
  },
  ssimY: {
    of: 'ssimY',
    unit: '1',
    method: 'ssim (FFmpeg ssim filter, luma, 8×8 windows at stride 4, full resolution, mean of the frames)',
    pooling: mean,
  },
};

export interface ComparisonOptions {
  /** Default: all. */
  readonly metrics?: readonly ComparisonMetric[];
  /** Frames a second of the reference. Default: 30. XPSNR weighs motion by it. */
  readonly frameRate?: number;
  /** Where the sizes differ: whose size the other is scaled to (bilinear). Default: the reference's. */
  readonly resolution?: 'reference' | 'captured';
}

/** One pair of pictures. Metrics that were not asked for, or need more than there is, are absent. */
export interface FrameScores extends Partial<Readonly<Record<ComparisonMetric, number>>> {
  /** Since the first pair, from 0. */
  readonly frame: number;
  /** Of the captured picture. */
  readonly ptsUs: number;
}

/**
 * Scores captured pictures against those that were sent, pair by pair in the order of time: what belongs together is for the caller to know (see
 * `TemporalAlignment`). Memory: two pictures, and eight bytes a metric and frame.
 */
export class PictureComparison {
  readonly #resolution: 'reference' | 'captured';
  readonly #series: Partial<Record<ComparisonMetric, MetricSeries>> = {};
  #frames = 0;

  constructor({ metrics = COMPARISON_METRICS, resolution = 'reference' }: ComparisonOptions = {}) {
    this.#resolution = resolution;
    for (const name of metrics) this.#series[name] = new MetricSeries();
  }

  push(reference: VideoFrame, captured: VideoFrame): FrameScores {
    const { width, height } = this.#resolution === 'reference' ? reference : captured;
    const [a, b] = [lumaOf(scaleFrame(reference, width, height)), lumaOf(scaleFrame(captured, width, height))];
    const { psnrDb, ssim } = compareLuma(a, b);
    this.#series.psnrY?.push(psnrDb >= PSNR_CAP_DB ? 0 : 255 ** 2 / 10 ** (psnrDb / 10));
    this.#series.ssimY?.push(ssim);
    return { frame: this.#frames++, ptsUs: captured.ptsUs, psnrY: psnrDb, ssimY: ssim };
  }

  summary(): VideoScores<ComparisonMetric, ComparisonMetric> {
    const reason = (name: ComparisonMetric): string =>
      this.#series[name] ? 'no pictures were compared' : `${name} was not asked for`;
    return { frames: this.#frames, ...scoresOf(ROWS, this.#series, reason), findings: [] };
  }
}

function psnrOf(meanSquaredError: number): number {
  return Math.min(PSNR_CAP_DB, 10 * Math.log10(255 ** 2 / meanSquaredError));
}
