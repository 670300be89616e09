import type { AudioChunk } from '@plugfest/model';
import { AUDIO_CODECS, type PayloadDecoder } from './audio-codecs.ts';
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

  static open({ codec }: { codec: AudioCodecName }): AudioDecoder {
    return new AudioDecoder(codec);
  }

  private constructor(name: AudioCodecName) {
    this.#codec = AUDIO_CODECS[name].openDecoder();
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

  /** 20 ms in place of a payload that is lost: the last sound again, fading to silence. */
  conceal(): AudioChunk {
    this.#concealed++;
    const samples = new Int16Array(TICK_SAMPLES);
    if (this.#concealed > CONCEAL_LIMIT) return this.#chunk(samples);
    const from = CONCEAL_GAIN ** (this.#concealed - 1);
    const slope = (from * (CONCEAL_GAIN - 1)) / TICK_SAMPLES;
    for (let i = 0; i < TICK_SAMPLES; i++) {
      samples[i] = (this.#last[i % this.#last.length] as number) * (from + slope * i);
    }
    return this.#chunk(samples);
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
