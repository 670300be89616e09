import {
  AV_CHANNEL_LAYOUT_MONO,
  AV_SAMPLE_FMT_FLT,
  type AVSampleFormat,
  type Frame,
  SoftwareResampleContext,
} from 'node-av';
import { decodeStream, type ReadFaults } from './media-file.ts';

/** A stretch of a file's sound: mono, full scale at ±1. */
export interface SoundBlock {
  readonly samples: Float32Array;
  /** When its first sample is heard, as the file has it. */
  readonly ptsUs: number;
}

export interface SoundReadOptions {
  readonly sampleRateHz: number;
  readonly faults?: ReadFaults;
}

/** The first sound stream of a file, all channels mixed to one with equal weight in sum 1, at the rate that is asked for. @throws MediaFileFault */
export function* readSound(
  path: string,
  { sampleRateHz, faults = { damaged: 0, endedEarly: false } }: SoundReadOptions,
): Generator<SoundBlock> {
  using converter = new SoundConverter(sampleRateHz);
  let endUs = 0;
  for (const { frame, ptsUs } of decodeStream(path, 'audio', faults)) {
    const samples = converter.convert(frame);
    if (samples.length > 0) yield { samples, ptsUs };
    endUs = ptsUs + (1e6 * samples.length) / sampleRateHz;
  }
  const samples = converter.flush();
  if (samples.length > 0) yield { samples, ptsUs: endUs };
}

/** Opens a resampler anew where the sound's own format changes. */
class SoundConverter implements Disposable {
  readonly #rateHz: number;
  #resampler: SoftwareResampleContext | undefined;
  #shape = '';
  /** Where samples are converted to; what is given out is copied from it. */
  #room = Buffer.alloc(0);

  constructor(rateHz: number) {
    this.#rateHz = rateHz;
  }

  convert(frame: Frame): Float32Array {
    const { channelLayout, format, sampleRate } = frame;
    const shape = `${format}:${sampleRate}:${frame.channels}`;
    if (shape !== this.#shape || !this.#resampler) {
      this.#resampler?.free();
      this.#resampler = new SoftwareResampleContext();
      const into = [AV_CHANNEL_LAYOUT_MONO, AV_SAMPLE_FMT_FLT, this.#rateHz] as const;
      this.#resampler.allocSetOpts2(...into, channelLayout, format as AVSampleFormat, sampleRate);
      this.#resampler.init();
      this.#shape = shape;
    }
    return this.#run(frame.extendedData ?? frame.data ?? [], frame.nbSamples);
  }

  /** What the filter still holds. */
  flush(): Float32Array {
    return this.#resampler ? this.#run(null, 0) : new Float32Array(0);
  }

  [Symbol.dispose](): void {
    this.#resampler?.free();
  }

  #run(planes: Buffer[] | null, count: number): Float32Array {
    const resampler = this.#resampler as SoftwareResampleContext;
    const room = Math.max(1, resampler.getOutSamples(count));
    if (this.#room.length < room * 4) this.#room = Buffer.alloc(room * 4);
    const got = Math.max(0, resampler.convertSync([this.#room], room, planes, count));
    return new Float32Array(this.#room.buffer, this.#room.byteOffset, got).slice();
  }
}
