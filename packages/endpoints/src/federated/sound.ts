import { type AudioCodecName, AudioDecoder, AudioEncoder } from '@plugfest/media';
import type { AudioChunk, Clock } from '@plugfest/model';
import { JitterBuffer, type JitterItem, type RtpPacket } from '@plugfest/rtp';

/** Sound is played this long after it could be at the earliest. It stays so: a delay that follows the jitter would tear speech apart. */
const PLAYOUT_DELAY_MS = 30;
/** What comes later than this after its turn was played without. */
const LATE_US = 20_000;
/** How far the sender's clock and ours may drift apart before sound is left out, or a gap is left, to be in step again. */
const STEP_US = 12_000;
const CHUNK_US = 20_000;
/** After so much concealment there is silence anyway. */
const MAX_CONCEALED = 5;

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
  /** When what is played next begins: right after what was played last. */
  #nextPtsUs = Number.NEGATIVE_INFINITY;

  constructor(options: SoundOptions) {
    this.#options = options;
    this.#encoder = AudioEncoder.open({ codec: options.codec });
    this.#decoder = AudioDecoder.open({ codec: options.codec });
    this.#jitter = new JitterBuffer({
      clockRateHz: options.clockRateHz,
      pacing: 'playout',
      delayMs: PLAYOUT_DELAY_MS,
    });
  }

  encode(chunk: AudioChunk): Uint8Array[] {
    return this.#encoder.encode(chunk);
  }

  receive(packet: RtpPacket, arrivalUs: number): void {
    this.#jitter.push(packet, arrivalUs);
  }

  /** Plays what is due. A tick that comes late plays what should have been played at the time when it should have been. */
  tick(): void {
    const nowUs = this.#options.clock.nowUs();
    for (let dueUs = this.#jitter.nextReleaseUs(); dueUs !== undefined && dueUs <= nowUs; ) {
      for (const item of this.#jitter.pop(dueUs)) this.#play(item, dueUs);
      dueUs = this.#jitter.nextReleaseUs();
    }
  }

  close(): void {
    this.#encoder.close();
    this.#decoder.close();
  }

  #play(item: JitterItem, dueUs: number): void {
    if (item.kind === 'lost') {
      for (let lost = 0; lost < Math.min(item.count, MAX_CONCEALED); lost++) this.#emit(this.#decoder.conceal());
      return;
    }
    const aheadUs = this.#nextPtsUs - dueUs;
    // Never two sounds at one time: what would begin before the last has ended is left out.
    if (aheadUs > STEP_US) return;
    if (aheadUs < -STEP_US) this.#nextPtsUs = dueUs;
    const isLate = item.arrivalUs - dueUs > LATE_US;
    this.#emit(isLate ? this.#decoder.conceal() : this.#decoder.decode(item.packet.payload, dueUs));
  }

  #emit(chunk: AudioChunk): void {
    if (this.#nextPtsUs === Number.NEGATIVE_INFINITY) return;
    this.#options.onPlayed({ ...chunk, ptsUs: this.#nextPtsUs });
    const { samples, channels, sampleRateHz } = chunk;
    this.#nextPtsUs += samples.length > 0 ? (1e6 * samples.length) / channels / sampleRateHz : CHUNK_US;
  }
}
