import {
  type AudioCodecName,
  AudioDecoder,
  AudioEncoder,
  ComfortNoise,
  loadOpusRepair,
  tellsOfBefore,
} from '@plugfest/media';
import type { AudioChunk, Clock } from '@plugfest/model';
import {
  JitterBuffer,
  type JitterItem,
  type RtpPacket,
  TelephoneEventReceiver,
  type TimedEventPayload,
  telephoneEventPackets,
} from '@plugfest/rtp';
import { type NegotiatedMedia, RTP_PROFILES } from '@plugfest/sdp';
import type { StageTimes } from '../stage-times.ts';
import { type LegOptions, receives, sends } from './leg-options.ts';
import { PlayoutQueue } from './playout-queue.ts';
import { RtpSession } from './rtp-session.ts';

/** With the tick that follows about as much as a picture waits for its tick, so that lips and voice stay together. */
const PLAYOUT_DELAY_MS = 20;
/** Later packets are still played, behind some concealment; waiting longer for all would delay all. */
const MAX_PLAYOUT_DELAY_MS = 60;
/** As long as packets came within this time, a tick without sound is concealed. */
const TALKING_US = 100_000;
/** More lost packets than this in a row are silence. */
const MAX_CONCEALED = 5;

/** From this reported loss on sound is protected, and for so long after the last such report. */
const PROTECTED_LOSS = 0.02;
const PROTECTED_US = 10_000_000;

/** Where the description says none. */
const SESSION_BANDWIDTH_BPS = 64_000;
/** Ticks of sound between two keys, so that they are heard as two. */
const TICKS_BETWEEN_KEYS = 3;

export interface AudioLegOptions extends LegOptions {
  readonly onDigit: (digit: string) => void;
}

/** A participant's sound: packets in, 20 ms at a time out to the mixer, and the mix back. */
export class AudioLeg {
  readonly session: RtpSession;
  readonly #clock: Clock;
  readonly #stages: StageTimes;
  #media: NegotiatedMedia;
  readonly #encoder: AudioEncoder;
  /** With forward error correction: opened when the peer first tells of losses. */
  #protector: AudioEncoder | undefined;
  #protectedUntilUs = Number.NEGATIVE_INFINITY;
  readonly #decoder: AudioDecoder;
  readonly #jitter: JitterBuffer;
  /** Keys to be pressed, packet by packet. */
  readonly #presses: TimedEventPayload[][] = [];
  #pressedAtUs: number | undefined;
  #pause = 0;
  readonly #digits = new TelephoneEventReceiver();
  readonly #onDigit: (digit: string) => void;
  readonly #queue = new PlayoutQueue();
  readonly #noise: ComfortNoise;
  /** The peer's last packet said how its pause sounds. */
  #isPausing = false;
  #arrivalUs = Number.NEGATIVE_INFINITY;
  /** Lost ticks that the packet after them told of. */
  restored = 0;
  /** Ticks that were concealed before the packet was known to be lost. */
  #concealedAhead = 0;

  /** @throws where the codec does not open */
  constructor({ media, onDigit, ...options }: AudioLegOptions) {
    this.#clock = options.clock;
    this.#stages = options.stages;
    this.#media = media;
    this.#onDigit = onDigit;
    const codec = media.codec.name as AudioCodecName;
    this.#noise = new ComfortNoise(options.random.fork('comfort noise'));
    this.#encoder = AudioEncoder.open({ codec });
    this.#decoder = AudioDecoder.open({ codec, repairs: true });
    if (codec === 'opus') void loadOpusRepair();
    this.#jitter = new JitterBuffer({
      clockRateHz: media.codec.clockRateHz,
      pacing: 'playout',
      delayMs: PLAYOUT_DELAY_MS,
      maxDelayMs: MAX_PLAYOUT_DELAY_MS,
    });
    this.session = new RtpSession({
      ...options,
      codec: media.codec,
      bandwidthBps: media.bandwidthBps ?? SESSION_BANDWIDTH_BPS,
      hasFeedbackProfile: RTP_PROFILES[media.profile].feedback,
      onPacket: (packet, arrivalUs) => this.#receive(packet, arrivalUs),
    });
  }

  get media(): NegotiatedMedia {
    return this.#media;
  }

  /** A later agreement about the same codec on the same way: hold, resume. */
  update(media: NegotiatedMedia): void {
    this.#media = media;
    this.session.resume();
  }

  get decodeFaults(): number {
    return this.#decoder.faults;
  }

  /** What the way in costs at the moment: the jitter buffer and what waits to be mixed. */
  get playoutDelayMs(): number {
    return this.#jitter.delayMs + this.#queue.length / 48;
  }

  /** The next 20 ms that this participant says; undefined where nothing is there. */
  next(): AudioChunk | undefined {
    const nowUs = this.#clock.nowUs();
    const items = this.#jitter.pop(nowUs);
    const samples = this.#stages.measure('decode', () => {
      for (const [at, item] of items.entries()) this.#decode(item, items[at + 1]);
      return this.#queue.take() ?? this.#conceal(nowUs);
    });
    return samples && { samples, sampleRateHz: 48_000, channels: 1, ptsUs: nowUs };
  }

  /** Presses keys for the peer, one after the other in place of the mix; false where no telephone-events were agreed. @see RFC 4733 */
  press(digits: string): boolean {
    const { telephoneEvent } = this.#media;
    if (!telephoneEvent || !sends(this.#media)) return false;
    const { clockRateHz } = telephoneEvent;
    this.#presses.push(...[...digits].map((digit) => telephoneEventPackets(digit, { clockRateHz })));
    return true;
  }

  /** Sends 20 ms of the mix. */
  send(samples: Int16Array, ptsUs: number): void {
    if (!sends(this.#media) || this.#pressing(ptsUs)) return;
    const chunk = { samples, sampleRateHz: 48_000, channels: 1, ptsUs };
    const payloads = this.#stages.measure('encode', () => this.#encoderNow(ptsUs).encode(chunk));
    this.#stages.measure('send', () => {
      for (const payload of payloads) this.session.send([{ payload, marker: false }], ptsUs);
    });
  }

  /** Who loses packets and can make use of it is sent each twice, the second time small in the packet after it. @see RFC 7587 §6.1 */
  #encoderNow(nowUs: number): AudioEncoder {
    const { name, fmtp } = this.#media.codec;
    if (name !== 'opus' || fmtp.useinbandfec !== '1') return this.#encoder;
    if ((this.session.remote?.lossRatio ?? 0) >= PROTECTED_LOSS) this.#protectedUntilUs = nowUs + PROTECTED_US;
    if (nowUs >= this.#protectedUntilUs) return this.#encoder;
    this.#protector ??= AudioEncoder.open({ codec: name, forwardErrorCorrection: true });
    return this.#protector;
  }

  /** Whether this tick is a key's. All packets of a key have the time of its first (RFC 4733 §2.5.1.2). */
  #pressing(ptsUs: number): boolean {
    const payloadType = this.#media.telephoneEvent?.payloadType;
    if (payloadType === undefined || this.#presses.length === 0 || this.#pause-- > 0) return false;
    this.#pressedAtUs ??= ptsUs;
    const [key = []] = this.#presses;
    const due = key[0];
    if (due) {
      key.shift();
      this.session.send([due], this.#pressedAtUs, payloadType);
    }
    if (key.length > 0) return true;
    this.#presses.shift();
    this.#pressedAtUs = undefined;
    this.#pause = TICKS_BETWEEN_KEYS;
    return true;
  }

  close(): void {
    this.session.close();
    this.#encoder.close();
    this.#protector?.close();
    this.#decoder.close();
  }

  #receive(packet: RtpPacket, arrivalUs: number): void {
    if (!receives(this.#media)) return;
    if (packet.payloadType === this.#media.telephoneEvent?.receivePayloadType) {
      const pressed = this.#digits.push(packet);
      if (pressed) this.#onDigit(pressed.digit);
    } else if (packet.payloadType === this.#media.codec.receivePayloadType || this.#isNoise(packet)) {
      this.#arrivalUs = arrivalUs;
      this.#jitter.push(packet, arrivalUs);
    }
  }

  #isNoise({ payloadType }: RtpPacket): boolean {
    return payloadType === this.#media.comfortNoise?.receivePayloadType;
  }

  #decode(item: JitterItem, following: JitterItem | undefined): void {
    this.#isPausing = item.kind === 'packet' && this.#isNoise(item.packet);
    if (item.kind === 'packet' && this.#isPausing) this.#noise.update(item.packet.payload);
    else if (item.kind === 'packet')
      this.#queue.push(this.#decoder.decode(item.packet.payload, item.arrivalUs).samples);
    else {
      const owed = Math.min(item.count - this.#concealedAhead, MAX_CONCEALED);
      const next = following?.kind === 'packet' ? following.packet : undefined;
      for (let left = owed - 1; left >= 0; left--) this.#queue.push(this.#restore(left === 0 ? next : undefined));
    }
    this.#concealedAhead = 0;
  }

  /** Nothing came in time. If it turns out to be lost, this was its place; if it was late, the queue is longer by a tick for a while. */
  #conceal(nowUs: number): Int16Array | undefined {
    if (this.#isPausing) return receives(this.#media) ? this.#noise.next() : undefined;
    if (nowUs - this.#arrivalUs > TALKING_US || this.#concealedAhead >= MAX_CONCEALED) return undefined;
    this.#concealedAhead++;
    return this.#restore(this.#jitter.behindGap(this.#concealedAhead));
  }

  #restore(next: RtpPacket | undefined): Int16Array {
    const isOfSound = next?.payloadType === this.#media.codec.receivePayloadType;
    const payload = isOfSound ? next?.payload : undefined;
    if (payload && this.#media.codec.name === 'opus' && tellsOfBefore(payload)) this.restored++;
    return this.#decoder.conceal(payload).samples;
  }
}
