import type { VideoFrame } from '@plugfest/model';
import { FREEZE_METHOD, type Freeze, findFreezes } from '../freeze-detection.ts';
import { type LumaPlane, lumaOf } from '../luma-plane.ts';
import { evenness, largest, mean } from './block-bootstrap.ts';
import { BLOCKINESS_METHOD, BLUR_METHOD, CodingArtefacts } from './coding-artefacts.ts';
import { detailOf, EFFECTIVE_RESOLUTION_METHOD, effectiveSamples } from './detail-spectrum.ts';
import { LumaStack } from './luma-stack.ts';
import { type MetricRow, MetricSeries } from './metric-series.ts';
import { type InspectionScores, scoresOf } from './video-scores.ts';

/** The numbers that a picture has without a reference. */
export const INSPECTION_FRAME_METRICS = [
  'si',
  'ti',
  'black',
  'blur',
  'blockiness',
  'effectiveWidth',
  'effectiveHeight',
  'gapMs',
  'newGapMs',
  'judderMs',
] as const;
export type InspectionFrameMetric = (typeof INSPECTION_FRAME_METRICS)[number];

/** Below this luma a sample counts as black, and with so many of them a picture does. @see FFmpeg blackframe: 32, 98 % */
const BLACK = { luma: 32, ratio: 0.98 } as const;

/**
 * Mean absolute difference of a 16×16 block that makes a picture another: above what an encoder still repairs in a picture that stands, below a blink. By
 * blocks, because moving lips are few samples of many.
 */
const NEW_PICTURE_DIFFERENCE = 2;

const SITI_METHOD =
  'SI/TI of ITU-T P.910 (legacy: deviation of the Sobel magnitude inside the border, and of the difference in time; luma as coded, as VQEG siti-tools --legacy with full range)';

const fromGap = (gapMs: number): number => 1000 / gapMs;
const CONTENT = `new pictures only: those of which a 16×16 block of luma differs by ${NEW_PICTURE_DIFFERENCE} in the mean`;

const ROWS = {
  siMax: { of: 'si', unit: '1', method: SITI_METHOD, pooling: largest },
  siMean: { of: 'si', unit: '1', method: SITI_METHOD, pooling: mean },
  tiMax: { of: 'ti', unit: '1', method: SITI_METHOD, pooling: largest },
  tiMean: { of: 'ti', unit: '1', method: SITI_METHOD, pooling: mean },
  blackRatio: {
    of: 'black',
    unit: '1',
    method: `pictures with ${BLACK.ratio * 100} % of luma below ${BLACK.luma}`,
    pooling: mean,
  },
  blur: { of: 'blur', unit: '1', method: BLUR_METHOD, pooling: mean },
  blockiness: { of: 'blockiness', unit: '1', method: BLOCKINESS_METHOD, pooling: mean },
  effectiveWidth: { of: 'effectiveWidth', unit: 'px', method: EFFECTIVE_RESOLUTION_METHOD, pooling: mean },
  effectiveHeight: { of: 'effectiveHeight', unit: 'px', method: EFFECTIVE_RESOLUTION_METHOD, pooling: mean },
  deliveredFrameRate: {
    of: 'gapMs',
    unit: '1/s',
    method: 'pictures by their times, equal ones too',
    pooling: mean,
    fromPooled: fromGap,
  },
  frameRate: { of: 'newGapMs', unit: '1/s', method: CONTENT, pooling: mean, fromPooled: fromGap },
  frameRateEvenness: { of: 'newGapMs', unit: '1', method: `Jain's index of the gaps; ${CONTENT}`, pooling: evenness },
  judderMs: { of: 'judderMs', unit: 'ms', method: `mean change from a gap to the next; ${CONTENT}`, pooling: mean },
} as const satisfies Record<string, MetricRow<InspectionFrameMetric>>;

export type InspectionMetric = keyof typeof ROWS | 'freezes' | 'frozenMs' | 'gapFreezes' | 'gapFrozenMs';

/** What is looked for besides change, times and freezes. */
export const INSPECTION_LOOKS = ['si', 'black', 'blur', 'blockiness', 'detail'] as const;
export type InspectionLook = (typeof INSPECTION_LOOKS)[number];

/** Detail is looked for in so many pictures. */
export const DETAIL_EVERY = 10;

/** One captured picture. What needs an earlier one is absent at the first. */
export interface FrameInspection extends Partial<Readonly<Record<InspectionFrameMetric, number>>> {
  readonly frame: number;
  readonly ptsUs: number;
  /** Whether it shows what the one before it showed. */
  readonly isRepeat: boolean;
}

/** What there is for pictures of one size: planes 0 and 1 hold this one and the one before in turn. */
interface Bench {
  readonly stack: LumaStack;
  readonly artefacts: CodingArtefacts;
}

function openBench(size: { readonly width: number; readonly height: number }): Bench {
  const stack = new LumaStack(size, 2);
  return { stack, artefacts: new CodingArtefacts(stack) };
}

/** Looks at captured pictures in the order of time, without a reference. Memory: two pictures, and eight bytes a metric and frame. */
export class PictureInspection {
  readonly #series = Object.fromEntries(INSPECTION_FRAME_METRICS.map((name) => [name, new MetricSeries()])) as Record<
    InspectionFrameMetric,
    MetricSeries
  >;
  readonly #timesUs = new MetricSeries();
  readonly #newTimesUs = new MetricSeries();
  readonly #looks: ReadonlySet<InspectionLook>;
  readonly #dearEvery: number;
  #bench: Bench | undefined;
  #frames = 0;

  /**
   * `looks`: default all. On 720p a picture costs about 0.3 ms of CPU without any, and 3 ms with all. `dearEvery`: blur and blockiness of every so many pictures
   * (default: 1); detail is looked for in one of ten anyway.
   */
  constructor({
    looks = INSPECTION_LOOKS,
    dearEvery = 1,
  }: { readonly looks?: readonly InspectionLook[]; readonly dearEvery?: number } = {}) {
    this.#looks = new Set(looks);
    this.#dearEvery = dearEvery;
  }

  push(captured: VideoFrame): FrameInspection {
    const luma = lumaOf(captured);
    const before = this.#bench?.stack.hasSizeOf(luma) ? this.#bench : undefined;
    this.#bench = before ?? openBench(luma);
    const now = this.#frames % 2;
    this.#bench.stack.load(now, luma);
    const change = before?.stack.change(now, 1 - now);
    const isRepeat = change !== undefined && change.largestBlock < NEW_PICTURE_DIFFERENCE;
    const scores: Partial<Record<InspectionFrameMetric, number>> = {
      ...(change ? { ti: change.temporalInformation } : {}),
      ...this.#look(this.#bench, now),
      ...(this.#looks.has('detail') && this.#frames % DETAIL_EVERY === 0 ? resolutionOf(luma) : {}),
      ...this.#timing(captured.ptsUs, isRepeat),
    };
    for (const [name, value] of Object.entries(scores))
      if (!Number.isNaN(value)) this.#series[name as InspectionFrameMetric].push(value);
    return { frame: this.#frames++, ptsUs: captured.ptsUs, isRepeat, ...scores };
  }

  summary(): InspectionScores<InspectionMetric, InspectionFrameMetric> {
    const reason = (name: InspectionFrameMetric): string =>
      this.#frames === 0
        ? 'there are no pictures'
        : `no picture of ${this.#frames} had a ${name}: too few, too small, or not asked for`;
    const { values, percentiles } = scoresOf(ROWS, this.#series, reason);
    const freezesByGap = this.#freezes(this.#timesUs.values());
    const freezesByContent = this.#freezes(this.#newTimesUs.values());
    return {
      frames: this.#frames,
      values: {
        ...values,
        ...this.#freezeValues('freezes', 'frozenMs', freezesByContent, `${FREEZE_METHOD}; ${CONTENT}`),
        ...this.#freezeValues('gapFreezes', 'gapFrozenMs', freezesByGap, FREEZE_METHOD),
      },
      percentiles,
      findings: [],
      freezesByGap,
      freezesByContent,
    };
  }

  #look({ stack, artefacts }: Bench, plane: number): Partial<Record<InspectionFrameMetric, number>> {
    const looks = this.#looks;
    const isDear = this.#frames % this.#dearEvery === 0;
    return {
      ...(looks.has('si') ? { si: stack.spatialInformation(plane) } : {}),
      ...(looks.has('black') ? { black: darkRatio(stack.histogram(plane, 2)) >= BLACK.ratio ? 1 : 0 } : {}),
      ...(isDear && looks.has('blur') ? { blur: artefacts.blur(plane) } : {}),
      ...(isDear && looks.has('blockiness') ? { blockiness: artefacts.blockiness(plane) } : {}),
    };
  }

  /** Gaps to the picture before, and to the last new one. */
  #timing(ptsUs: number, isRepeat: boolean): Partial<Record<InspectionFrameMetric, number>> {
    const beforeUs = this.#timesUs.values().at(-1);
    const newBeforeUs = this.#newTimesUs.values().at(-1);
    this.#timesUs.push(ptsUs);
    const gap = beforeUs === undefined ? {} : { gapMs: (ptsUs - beforeUs) / 1000 };
    if (isRepeat) return gap;
    this.#newTimesUs.push(ptsUs);
    if (newBeforeUs === undefined) return gap;
    const newGapMs = (ptsUs - newBeforeUs) / 1000;
    const lastGapMs = this.#series.newGapMs.values().at(-1);
    return { ...gap, newGapMs, ...(lastGapMs === undefined ? {} : { judderMs: Math.abs(newGapMs - lastGapMs) }) };
  }

  /** What stands still at the end counts up to the last picture's time. */
  #freezes(timesUs: Float64Array): Freeze[] {
    const [fromUs, toUs] = [this.#timesUs.values().at(0), this.#timesUs.values().at(-1)];
    if (fromUs === undefined || toUs === undefined || toUs <= fromUs) return [];
    const gaps = this.#series.gapMs.values().slice().sort();
    return findFreezes(Array.from(timesUs), { fromUs, toUs, nominalGapMs: gaps[gaps.length >> 1] as number });
  }

  #freezeValues<Count extends string, Time extends string>(
    count: Count,
    time: Time,
    freezes: readonly Freeze[],
    method: string,
  ): Record<Count | Time, InspectionScores['values'][string]> {
    const n = this.#frames;
    if (n < 2) {
      const none = { notMeasured: `freezes need more than ${n} pictures` };
      return { [count]: none, [time]: none } as Record<Count | Time, InspectionScores['values'][string]>;
    }
    const frozenMs = freezes.reduce((sum, { durationMs }) => sum + durationMs, 0);
    // Seen or not seen: no sample of anything; a freeze's ends are known to one gap each.
    const slackMs = freezes.length * (this.#series.gapMs.values().reduce((a, b) => Math.max(a, b), 0) || 0);
    const unsureMs = Math.min(frozenMs, slackMs);
    return {
      [count]: { value: freezes.length, unit: '1', n, low: freezes.length, high: freezes.length, method },
      [time]: { value: frozenMs, unit: 'ms', n, low: frozenMs - unsureMs, high: frozenMs + unsureMs, method },
    } as Record<Count | Time, InspectionScores['values'][string]>;
  }
}

/** What detail there is, in samples; nothing of a picture that is too small or too even. */
function resolutionOf(luma: LumaPlane): { effectiveWidth?: number; effectiveHeight?: number } {
  const detail = detailOf(luma);
  const width = detail && effectiveSamples(detail.across, luma.width);
  const height = detail && effectiveSamples(detail.down, luma.height);
  return {
    ...(width === undefined ? {} : { effectiveWidth: width }),
    ...(height === undefined ? {} : { effectiveHeight: height }),
  };
}

/** Share of samples that are black. */
function darkRatio(histogram: Uint32Array): number {
  const sum = (counts: Uint32Array): number => counts.reduce((total, count) => total + count, 0);
  return sum(histogram.subarray(0, BLACK.luma)) / sum(histogram);
}
