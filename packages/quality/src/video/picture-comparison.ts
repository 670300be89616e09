import { scaleFrame } from '@plugfest/media';
import type { VideoFrame } from '@plugfest/model';
import { PSNR_CAP_DB } from '../luma-comparison.ts';
import { lumaOf } from '../luma-plane.ts';
import { mean } from './block-bootstrap.ts';
import { LumaStack } from './luma-stack.ts';
import { type MetricRow, MetricSeries } from './metric-series.ts';
import { MS_SSIM_METHOD, StructuralPyramid, VIF_METHOD } from './structural-pyramid.ts';
import { scoresOf, type VideoScores } from './video-scores.ts';
import { XPSNR_METHOD, Xpsnr } from './xpsnr.ts';

/** The metrics that hold a picture against what was sent. */
export const COMPARISON_METRICS = ['psnrY', 'ssimY', 'msSsimY', 'vifY', 'xpsnrY'] as const;
export type ComparisonMetric = (typeof COMPARISON_METRICS)[number];

/** What is pooled of PSNR and XPSNR is an error: its mean square, or its root. */
const ROWS: Record<ComparisonMetric, MetricRow<ComparisonMetric>> = {
  psnrY: {
    of: 'psnrY',
    unit: 'dB',
    method: 'psnr (FFmpeg psnr filter, luma, of the mean squared error over all frames, cap 100 dB)',
    pooling: mean,
    fromPooled: (meanSquaredError) => decibels(255 / Math.sqrt(meanSquaredError)),
  },
  ssimY: {
    of: 'ssimY',
    unit: '1',
    method: 'ssim (FFmpeg ssim filter, luma, 8×8 windows at stride 4, full resolution, mean of the frames)',
    pooling: mean,
  },
  msSsimY: { of: 'msSsimY', unit: '1', method: MS_SSIM_METHOD, pooling: mean },
  vifY: { of: 'vifY', unit: '1', method: VIF_METHOD, pooling: mean },
  xpsnrY: {
    of: 'xpsnrY',
    unit: 'dB',
    method: XPSNR_METHOD,
    pooling: mean,
    fromPooled: (rootError) => decibels(255 / rootError),
  },
};

export interface ComparisonOptions {
  /** Default: all. On 720p a pair costs about 0.5 ms of CPU for psnrY and ssimY, 1.5 ms for xpsnrY, 25 ms for msSsimY, 35 ms for vifY. */
  readonly metrics?: readonly ComparisonMetric[];
  /** Frames a second of the reference. Default: 30. XPSNR weighs motion by it. */
  readonly frameRate?: number;
  /** msSsimY and vifY of every so many pairs. Default: 1. */
  readonly structureEvery?: number;
  /** Where the sizes differ: whose size the other is scaled to (bilinear). Default: the reference's. */
  readonly resolution?: 'reference' | 'captured';
}

/** One pair of pictures. Metrics that were not asked for, or that the pictures are too small for, are absent. */
export interface FrameScores extends Partial<Readonly<Record<ComparisonMetric, number>>> {
  /** Since the first pair, from 0. */
  readonly frame: number;
  /** Of the captured picture. */
  readonly ptsUs: number;
}

/** What there is for pictures of one size: planes 0 to 2 are the last references in turn, 3 is the captured one. */
interface Bench {
  readonly stack: LumaStack;
  readonly xpsnr: Xpsnr;
  readonly pyramid: StructuralPyramid | undefined;
}
const REFERENCES = 3;
const CAPTURED = 3;

/**
 * Scores captured pictures against those that were sent, pair by pair in the order of time: what belongs together is for the caller to know (see
 * `matchByContent`). Memory: a few pictures, and eight bytes a metric and frame.
 */
export class PictureComparison {
  readonly #options: Required<Omit<ComparisonOptions, 'metrics'>>;
  readonly #series: Partial<Record<ComparisonMetric, MetricSeries>> = {};
  #bench: Bench | undefined;
  #frames = 0;

  constructor({
    metrics = COMPARISON_METRICS,
    frameRate = 30,
    structureEvery = 1,
    resolution = 'reference',
  }: ComparisonOptions = {}) {
    this.#options = { frameRate, structureEvery, resolution };
    for (const name of metrics) this.#series[name] = new MetricSeries();
  }

  /** @throws RangeError where the pictures are smaller than 8×8. */
  push(reference: VideoFrame, captured: VideoFrame): FrameScores {
    const { width, height } = this.#options.resolution === 'reference' ? reference : captured;
    if (width < 8 || height < 8) throw new RangeError(`pictures of ${width}×${height} are too small to be compared`);
    if (!this.#bench?.stack.hasSizeOf({ width, height })) this.#bench = this.#open(width, height);
    const { stack } = this.#bench;
    stack.load(this.#frames % REFERENCES, lumaOf(scaleFrame(reference, width, height)));
    stack.load(CAPTURED, lumaOf(scaleFrame(captured, width, height)));
    const errors = this.#measure(this.#bench);
    const scores: Partial<Record<ComparisonMetric, number>> = {};
    for (const [name, error] of Object.entries(errors) as [ComparisonMetric, number][]) {
      this.#series[name]?.push(error);
      scores[name] = ROWS[name].fromPooled?.(error) ?? error;
    }
    return { frame: this.#frames++, ptsUs: captured.ptsUs, ...scores };
  }

  summary(): VideoScores<ComparisonMetric, ComparisonMetric> {
    const reason = (name: ComparisonMetric): string => {
      if (!this.#series[name]) return `${name} was not asked for`;
      if (this.#frames === 0) return 'no pictures were compared';
      return `the pictures are too small: ${StructuralPyramid.LEAST_SIZE} samples are needed either way`;
    };
    return { frames: this.#frames, ...scoresOf(ROWS, this.#series, reason), findings: [] };
  }

  #open(width: number, height: number): Bench {
    const stack = new LumaStack({ width, height }, REFERENCES + 1);
    const wantsPyramid = this.#series.msSsimY !== undefined || this.#series.vifY !== undefined;
    const pyramid =
      wantsPyramid && StructuralPyramid.fits({ width, height }) ? new StructuralPyramid(stack) : undefined;
    return { stack, pyramid, xpsnr: new Xpsnr(stack, this.#options.frameRate) };
  }

  /** What was asked for, as it is pooled. */
  #measure({ stack, xpsnr, pyramid }: Bench): Partial<Record<ComparisonMetric, number>> {
    const [now, before, earlier] = [0, 2, 1].map((back) => (this.#frames + back) % REFERENCES) as [
      number,
      number,
      number,
    ];
    const wanted = this.#series;
    const errors: Partial<Record<ComparisonMetric, number>> = {};
    if (wanted.psnrY || wanted.ssimY) {
      const { squaredError, ssim } = stack.compare(now, CAPTURED);
      if (wanted.psnrY) errors.psnrY = squaredError / (stack.width * stack.height);
      if (wanted.ssimY) errors.ssimY = ssim;
    }
    if (wanted.xpsnrY) errors.xpsnrY = xpsnr.rootError(now, CAPTURED, before, earlier);
    if (pyramid && this.#frames % this.#options.structureEvery === 0) {
      if (wanted.msSsimY) errors.msSsimY = pyramid.msSsim(now, CAPTURED);
      if (wanted.vifY) errors.vifY = pyramid.vif(now, CAPTURED);
    }
    return errors;
  }
}

function decibels(ratio: number): number {
  return Math.min(PSNR_CAP_DB, 20 * Math.log10(ratio));
}
