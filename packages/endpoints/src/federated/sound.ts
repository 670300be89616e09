import { type AudioCodecName, AudioDecoder, AudioEncoder } from '@plugfest/media';
import type { AudioChunk, Clock } from '@plugfest/model';
import { JitterBuffer, type JitterItem, type RtpPacket } from '@plugfest/rtp';

/** Sound is played this long after it could be at the earliest. */
const PLAYOUT_DELAY_MS = 40;
/** Beyond this the play-out was interrupted and starts anew. */
const GAP_US = 60_000;
const CHUNK_US = 20_000;

export interface SoundOptions {
  readonly codec: AudioCodecName;
  readonly clockRateHz: number;
  readonly clock: Clock;
  /** Each 20 ms as it is played. */
  readonly onPlayed: (chunk: AudioChunk) => void;
}

/** One call's sound: speech in, payloads out; packets in, what is played out. */
export class Sound {
  readonly #options: SoundOptions;
  readonly #encoder: AudioEncoder;
  readonly #decoder: AudioDecoder;
  readonly #jitter: JitterBuffer;
  #nextPtsUs = 0;

  constructor(options: SoundOptions) {
    this.#options = options;
    this.#encoder = AudioEncoder.open({ codec: options.codec });
    this.#decoder = AudioDecoder.open({ codec: options.codec });
    this.#jitter = new JitterBuffer({
      clockRateHz: options.clockRateHz,
      pacing: 'playout',
      delayMs: PLAYOUT_DELAY_MS,
      maxDelayMs: 3 * PLAYOUT_DELAY_MS,
    });
  }

  encode(chunk: AudioChunk): Uint8Array[] {
    return this.#encoder.encode(chunk);
  }

  receive(packet: RtpPacket, arrivalUs: number): void {
    this.#jitter.push(packet, arrivalUs);
  }

  /** Plays what is due. */
  tick(): void {
    for (const item of this.#jitter.pop(this.#options.clock.nowUs())) this.#play(item);
  }

  close(): void {
    this.#encoder.close();
    this.#decoder.close();
  }

  #play(item: JitterItem): void {
    const ptsUs = this.#playoutTime();
    if (item.kind === 'packet') {
      this.#emit(this.#decoder.decode(item.packet.payload, ptsUs), ptsUs);
      return;
    }
    for (let lost = 0; lost < item.count; lost++) this.#emit(this.#decoder.conceal(), this.#nextPtsUs);
  }

  /** A sound card plays without gaps: the next sample follows the last unless too much time passed between. */
  #playoutTime(): number {
    const nowUs = this.#options.clock.nowUs();
    if (Math.abs(nowUs - this.#nextPtsUs) > GAP_US) this.#nextPtsUs = nowUs;
    return this.#nextPtsUs;
  }

  #emit(chunk: AudioChunk, ptsUs: number): void {
    this.#options.onPlayed({ ...chunk, ptsUs });
    this.#nextPtsUs =
      ptsUs +
      (chunk.samples.length > 0 ? (1e6 * chunk.samples.length) / chunk.channels / chunk.sampleRateHz : CHUNK_US);
  }
}
