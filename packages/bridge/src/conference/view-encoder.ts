import { type Compositor, type EncodedFrame, type Tile, VideoEncoder } from '@plugfest/media';

export interface ViewEncoderOptions {
  readonly codec: 'h264' | 'vp8';
  readonly inSlices: boolean;
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  readonly bitrateBps: number;
}

const MAX_SLICE_BYTES = 1150;

/** One distinct view: composed once, encoded once, sent to all who share it. */
export class ViewEncoder {
  readonly #encoder: VideoEncoder;
  #keyFrameWanted = true;

  constructor({ inSlices, ...options }: ViewEncoderOptions) {
    this.#encoder = VideoEncoder.open({ ...options, ...(inSlices ? { maxSliceBytes: MAX_SLICE_BYTES } : {}) });
  }

  wantKeyFrame(): void {
    this.#keyFrameWanted = true;
  }

  encode(compositor: Compositor, tiles: readonly Tile[], nowUs: number): EncodedFrame[] {
    const picture = compositor.compose(tiles);
    const encoded = this.#encoder.encode({ ...picture, ptsUs: nowUs }, { keyFrame: this.#keyFrameWanted });
    this.#keyFrameWanted = false;
    return encoded;
  }

  close(): void {
    this.#encoder.close();
  }
}
