import { type Canvas, type EncodedFrame, VideoEncoder } from '@plugfest/media';
import type { ViewFormat } from './view-format.ts';

const MAX_SLICE_BYTES = 1150;
/** However many ask: a key frame is many times the size of others. */
const KEY_FRAME_INTERVAL_US = 300_000;

/** One distinct view in one format: encoded once, sent to all who share it. */
export class ViewEncoder implements Disposable {
  readonly #encoder: VideoEncoder;
  #isKeyFrameWanted = true;
  #keyFrameAtUs = Number.NEGATIVE_INFINITY;

  /** @throws where the codec does not open in this format */
  constructor({ inSlices, ...format }: ViewFormat) {
    this.#encoder = VideoEncoder.open({ ...format, ...(inSlices ? { maxSliceBytes: MAX_SLICE_BYTES } : {}) });
  }

  /** When the last key frame was made. */
  get keyFrameAtUs(): number {
    return this.#keyFrameAtUs;
  }

  /** From the next picture on. */
  setBitrate(bitrateBps: number): void {
    this.#encoder.setBitrate(bitrateBps);
  }

  wantKeyFrame(): void {
    this.#isKeyFrameWanted = true;
  }

  encode(picture: Canvas, nowUs: number): EncodedFrame[] {
    const keyFrame = this.#isKeyFrameWanted && nowUs - this.#keyFrameAtUs >= KEY_FRAME_INTERVAL_US;
    const frames = this.#encoder.encode(picture, { keyFrame, atUs: nowUs });
    if (frames.some((frame) => frame.keyFrame)) {
      this.#isKeyFrameWanted = false;
      this.#keyFrameAtUs = nowUs;
    }
    return frames;
  }

  [Symbol.dispose](): void {
    this.#encoder.close();
  }
}
