import type { AudioChunk } from '@plugfest/model';
import { AUDIO_CODECS, type AudioCodecOptions, type PayloadEncoder } from './audio-codecs.ts';
import { type AudioCodecName, SAMPLE_RATE_HZ, TICK_SAMPLES } from './codec-names.ts';
import { RateConverter } from './rate-converter.ts';

/** 48 kHz mono in, RTP payloads of 20 ms out. */
export class AudioEncoder implements Disposable {
  readonly #codec: PayloadEncoder;
  readonly #converter: RateConverter;
  #pending = new Int16Array(0);

  static open({ codec, ...options }: { codec: AudioCodecName } & AudioCodecOptions): AudioEncoder {
    return new AudioEncoder(codec, options);
  }

  private constructor(name: AudioCodecName, options: AudioCodecOptions) {
    this.#codec = AUDIO_CODECS[name].openEncoder(options);
    this.#converter = new RateConverter('down', SAMPLE_RATE_HZ / AUDIO_CODECS[name].sampleRateHz);
  }

  /** One payload for each 20 ms that are complete: one for a chunk of 960 samples. */
  encode(chunk: AudioChunk): Uint8Array[] {
    const isWhole = this.#pending.length === 0 && chunk.samples.length === TICK_SAMPLES;
    if (isWhole) return this.#codec.encode(this.#converter.convert(chunk.samples));
    const samples = this.#pending.length === 0 ? chunk.samples : joined(this.#pending, chunk.samples);
    const payloads: Uint8Array[] = [];
    let at = 0;
    for (; at + TICK_SAMPLES <= samples.length; at += TICK_SAMPLES) {
      payloads.push(...this.#codec.encode(this.#converter.convert(samples.subarray(at, at + TICK_SAMPLES))));
    }
    this.#pending = samples.slice(at);
    return payloads;
  }

  close(): void {
    this.#codec.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function joined(first: Int16Array, second: Int16Array): Int16Array {
  const whole = new Int16Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}
