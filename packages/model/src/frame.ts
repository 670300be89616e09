/** One picture, planar YUV 4:2:0, 8 bits, limited range, rows without padding: Y, then U, then V. */
export interface VideoFrame {
  /** Even. */
  readonly width: number;
  /** Even. */
  readonly height: number;
  /** `width * height * 3 / 2` bytes. */
  readonly data: Uint8Array;
  /** When it was made, sent or shown (its owner says which), on the run's clock. */
  readonly ptsUs: number;
}

/** Sound: signed 16-bit samples, interleaved where there is more than one channel. */
export interface AudioChunk {
  readonly samples: Int16Array;
  readonly sampleRateHz: number;
  readonly channels: number;
  /** Time of the first sample, on the run's clock. */
  readonly ptsUs: number;
}

/** Bytes of a picture of that size. */
export function i420Size(width: number, height: number): number {
  return (width * height * 3) / 2;
}
