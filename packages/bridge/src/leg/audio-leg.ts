import { type AudioCodecName, AudioDecoder, AudioEncoder } from '@plugfest/media';
import type { AudioChunk, Clock } from '@plugfest/model';
import { JitterBuffer, type JitterItem, type RtpPacket, TelephoneEventReceiver } from '@plugfest/rtp';
import type { NegotiatedMedia } from '@plugfest/sdp';
import { RtpSession, type RtpSessionOptions } from './rtp-session.ts';

const PLAYOUT_DELAY_MS = 40;
const MAX_PLAYOUT_DELAY_MS = 120;
/** 20 ms at 48 kHz. */
const TICK_SAMPLES = 960;
/** More than this waiting to be mixed is delay that nobody asked for: the oldest goes. */
const MAX_QUEUED_SAMPLES = 4 * TICK_SAMPLES;

export interface AudioLegOptions
  extends Omit<RtpSessionOptions, 'codec' | 'onPacket' | 'onKeyFrameRequest' | 'onLost'> {
  readonly media: NegotiatedMedia;
  readonly onDigit: (digit: string) => void;
}

/** A participant's sound: packets in, 20 ms at a time out to the mixer, and the mix back. */
export class AudioLeg {
  readonly session: RtpSession;
  readonly #clock: Clock;
  readonly #media: NegotiatedMedia;
  readonly #encoder: AudioEncoder;
  readonly #decoder: AudioDecoder;
  readonly #jitter: JitterBuffer;
  readonly #digits = new TelephoneEventReceiver();
  readonly #onDigit: (digit: string) => void;
  #queued: Int16Array[] = [];
  #queuedSamples = 0;

  constructor({ media, onDigit, ...options }: AudioLegOptions) {
    this.#clock = options.clock;
    this.#media = media;
    this.#onDigit = onDigit;
    const codec = media.codec.name as AudioCodecName;
    this.#encoder = AudioEncoder.open({ codec });
    this.#decoder = AudioDecoder.open({ codec });
    this.#jitter = new JitterBuffer({
      clockRateHz: media.codec.clockRateHz,
      pacing: 'playout',
      delayMs: PLAYOUT_DELAY_MS,
      maxDelayMs: MAX_PLAYOUT_DELAY_MS,
    });
    this.session = new RtpSession({
      ...options,
      codec: media.codec,
      onPacket: (packet, arrivalUs) => this.#receive(packet, arrivalUs),
      onKeyFrameRequest: () => {},
      onLost: () => {},
    });
  }

  /** The next 20 ms that this participant says; undefined where nothing is there. */
  next(): AudioChunk | undefined {
    for (const item of this.#jitter.pop(this.#clock.nowUs())) this.#decode(item);
    if (this.#queuedSamples < TICK_SAMPLES) return undefined;
    return { samples: this.#take(), sampleRateHz: 48_000, channels: 1, ptsUs: this.#clock.nowUs() };
  }

  /** Sends 20 ms of the mix. */
  send(samples: Int16Array, ptsUs: number): void {
    for (const payload of this.#encoder.encode({ samples, sampleRateHz: 48_000, channels: 1, ptsUs })) {
      this.session.send([{ payload, marker: false }], ptsUs);
    }
  }

  close(): void {
    this.session.close();
    this.#encoder.close();
    this.#decoder.close();
  }

  #receive(packet: RtpPacket, arrivalUs: number): void {
    if (packet.payloadType === this.#media.telephoneEvent?.receivePayloadType) {
      const pressed = this.#digits.push(packet);
      if (pressed) this.#onDigit(pressed.digit);
    } else if (packet.payloadType === this.#media.codec.receivePayloadType) this.#jitter.push(packet, arrivalUs);
  }

  #decode(item: JitterItem): void {
    if (item.kind === 'packet') this.#queue(this.#decoder.decode(item.packet.payload, item.arrivalUs).samples);
    else for (let lost = 0; lost < Math.min(item.count, 5); lost++) this.#queue(this.#decoder.conceal().samples);
  }

  #queue(samples: Int16Array): void {
    this.#queued.push(samples);
    this.#queuedSamples += samples.length;
    while (this.#queuedSamples > MAX_QUEUED_SAMPLES) this.#queuedSamples -= this.#queued.shift()?.length ?? 0;
  }

  #take(): Int16Array {
    const out = new Int16Array(TICK_SAMPLES);
    let filled = 0;
    while (filled < TICK_SAMPLES) {
      const first = this.#queued[0];
      if (!first) break;
      const used = Math.min(first.length, TICK_SAMPLES - filled);
      out.set(first.subarray(0, used), filled);
      filled += used;
      if (used === first.length) this.#queued.shift();
      else this.#queued[0] = first.subarray(used);
    }
    this.#queuedSamples -= filled;
    return out;
  }
}
