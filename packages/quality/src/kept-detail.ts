import type { Measured, VideoFrame } from '@plugfest/model';
import type { FileFinding } from './file-measurement-finding.ts';
import { lumaOf } from './luma-plane.ts';
import { mean } from './video/block-bootstrap.ts';
import { detailOf, KEPT_RESOLUTION_METHOD, keptSamples } from './video/detail-spectrum.ts';
import { MetricSeries } from './video/metric-series.ts';

/** Both ways less than this of the reference's detail is worth a word. */
const LITTLE = 0.7;

/** How much of the reference's detail arrived, of pairs of pictures of its size. */
export class KeptDetail {
  readonly #size: { readonly width: number; readonly height: number };
  readonly #series = { keptWidth: new MetricSeries(), keptHeight: new MetricSeries() };

  constructor(size: { readonly width: number; readonly height: number }) {
    this.#size = size;
  }

  push(reference: VideoFrame, captured: VideoFrame): void {
    const [sent, got] = [detailOf(lumaOf(reference)), detailOf(lumaOf(captured))];
    if (!sent || !got) return;
    const width = keptSamples(sent.across, got.across, this.#size.width);
    const height = keptSamples(sent.down, got.down, this.#size.height);
    if (width !== undefined) this.#series.keptWidth.push(width);
    if (height !== undefined) this.#series.keptHeight.push(height);
  }

  values(): Readonly<Record<'keptWidth' | 'keptHeight', Measured>> {
    const { keptWidth, keptHeight } = this.#series;
    const reason = 'the pictures of the reference are too small, or too even, to have detail that could be lost';
    const row = { unit: 'px', method: KEPT_RESOLUTION_METHOD, pooling: mean };
    return {
      keptWidth: keptWidth.measured({ ...row, of: 'keptWidth' }, reason),
      keptHeight: keptHeight.measured({ ...row, of: 'keptHeight' }, reason),
    };
  }

  findings(): FileFinding[] {
    const { keptWidth, keptHeight } = this.values();
    if ('notMeasured' in keptWidth || 'notMeasured' in keptHeight) return [];
    const { width, height } = this.#size;
    if (keptWidth.value > LITTLE * width || keptHeight.value > LITTLE * height) return [];
    const text = `of the reference's ${width}×${height} the detail of about ${Math.round(keptWidth.value)}×${Math.round(keptHeight.value)} arrived`;
    return [{ level: 'note', code: 'video-detail-lost', file: 'capture', text }];
  }
}
