import type { AudioChunk } from '@plugfest/model';
import { AUDIO_CODECS, type AudioDecoderOptions, type PayloadDecoder } from './audio-codecs.ts';
import { type AudioCodecName, SAMPLE_RATE_HZ, TICK_SAMPLES, TICK_US } from './codec-names.ts';
import { RateConverter } from './rate-converter.ts';

/** What each further lost payload keeps of the sound before it: silence after about 100 ms. */
const CONCEAL_GAIN = 0.6;
const CONCEAL_LIMIT = 5;

/** RTP payloads in, 48 kHz mono out; garbage is counted and concealed, never thrown. */
export class AudioDecoder implements Disposable {
  readonly #codec: PayloadDecoder;
  readonly #converter: RateConverter;
  #last: Int16Array = new Int16Array(TICK_SAMPLES);
  #concealed = 0;
  #nextPtsUs = 0;
  #faults = 0;

  static open({ codec, ...options }: { codec: AudioCodecName } & AudioDecoderOptions): AudioDecoder {
    return new AudioDecoder(codec, options);
  }

  private constructor(name: AudioCodecName, options: AudioDecoderOptions) {
    this.#codec = AUDIO_CODECS[name].openDecoder(options);
    this.#converter = new RateConverter('up', SAMPLE_RATE_HZ / AUDIO_CODECS[name].sampleRateHz);
  }

  /** Payloads that the codec refused. */
  get faults(): number {
    return this.#faults;
  }

  /** As long as the payload says; 20 ms of concealment where it is garbage. */
  decode(payload: Uint8Array, ptsUs: number): AudioChunk {
    this.#nextPtsUs = ptsUs;
    const decoded = payload.length === 0 ? undefined : this.#codec.decode(payload);
    if (!decoded) {
      this.#faults++;
      return this.conceal();
    }
    this.#concealed = 0;
    this.#last = this.#converter.convert(decoded);
    return this.#chunk(this.#last);
  }

  /** 20 ms in place of a payload that is lost: restored by the codec where it can, from `next`, the payload right after it, too; else the last sound again, fading to silence. */
  conceal(next?: Uint8Array): AudioChunk {
    this.#concealed++;
    if (this.#concealed > CONCEAL_LIMIT) return this.#chunk(new Int16Array(TICK_SAMPLES));
    const restored = this.#codec.restore?.(next);
    return this.#chunk(restored ? this.#converter.convert(restored) : this.#faded());
  }

  #faded(): Int16Array {
    const samples = new Int16Array(TICK_SAMPLES);
    const from = CONCEAL_GAIN ** (this.#concealed - 1);
    const slope = (from * (CONCEAL_GAIN - 1)) / TICK_SAMPLES;
    for (let i = 0; i < TICK_SAMPLES; i++) {
      samples[i] = (this.#last[i % this.#last.length] as number) * (from + slope * i);
    }
    return samples;
  }

  close(): void {
    this.#codec.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #chunk(samples: Int16Array): AudioChunk {
    const ptsUs = this.#nextPtsUs;
    this.#nextPtsUs += (samples.length / TICK_SAMPLES) * TICK_US;
    return { samples, sampleRateHz: SAMPLE_RATE_HZ, channels: 1, ptsUs };
  }
}
