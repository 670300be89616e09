import { AudioDecoder, readCodeStrip, VideoDecoder } from '@plugfest/media';
import type { Rect } from '@plugfest/model';
import { H264Depacketizer, type RtpPacket } from '@plugfest/rtp';

/** Of 32768: above what hums add up to, below the burst. */
const ONSET_LEVEL = 12_000;
const SILENCE_SAMPLES = 0.3 * 48_000;

/**
 * How much later a bridge sends what it was sent, by the packets on both sides of it. A picture: from its last packet sent to the last packet of the first
 * view that shows it. Sound: from a burst's onset in the packets sent to its onset in the packets that come back, both decoded alike, so that the codec's own
 * delay at the ends is not in it.
 */
export class DelayProbe implements Disposable {
  readonly picturesMs: number[] = [];
  readonly soundsMs: number[] = [];
  readonly #units: number;
  readonly #tile: Rect;
  readonly #onsetInSound: number;
  readonly #sentUs = new Map<number, number>();
  #soundSentUs: number | undefined;
  #lastShown = -1;
  readonly #depacketizer = new H264Depacketizer();
  readonly #video = VideoDecoder.open({ codec: 'h264' });
  readonly #onsets = new OnsetFinder();

  /** `units`: pictures until they begin anew; `sound`: the second of payloads with the burst; `tile`: where the sender is seen. */
  constructor(options: { readonly units: number; readonly sound: readonly Uint8Array[]; readonly tile: Rect }) {
    this.#units = options.units;
    this.#tile = options.tile;
    using finder = new OnsetFinder();
    // Twice, because a decoder begins with silence: an onset needs some before it.
    const onsets = [...options.sound, ...options.sound].map((payload) => finder.push(payload));
    const at = onsets.findLastIndex((onset) => onset !== undefined);
    this.#onsetInSound = (at % options.sound.length) * 20_000 + ((onsets[at] ?? 0) * 1e6) / 48_000;
    this.#ticks = options.sound.length;
  }

  readonly #ticks: number;

  sent(kind: 'audio' | 'video', number: number, atUs: number): void {
    if (kind === 'video') this.#sentUs.set(number % this.#units, atUs);
    // The packet in which the burst begins; the onset is that far into the packet.
    else if (number % this.#ticks === Math.floor(this.#onsetInSound / 20_000)) {
      this.#soundSentUs = atUs + (this.#onsetInSound % 20_000);
    }
  }

  received(kind: 'audio' | 'video', packet: RtpPacket, atUs: number): void {
    if (kind === 'audio') this.#heard(packet, atUs);
    else for (const { data } of this.#depacketizer.push(packet)) this.#seen(data, atUs);
  }

  [Symbol.dispose](): void {
    this.#video.close();
    this.#onsets[Symbol.dispose]();
  }

  #heard({ payload }: RtpPacket, atUs: number): void {
    const onset = this.#onsets.push(payload);
    if (onset === undefined || this.#soundSentUs === undefined) return;
    this.soundsMs.push((atUs + (onset * 1e6) / 48_000 - this.#soundSentUs) / 1000);
  }

  #seen(data: Uint8Array, atUs: number): void {
    for (const picture of this.#video.decode(data, 0)) {
      const shown = readCodeStrip(picture.toFrame(), this.#tile)?.frameNumber;
      picture.release();
      const sentUs = shown === undefined ? undefined : this.#sentUs.get(shown);
      if (shown === undefined || shown === this.#lastShown || sentUs === undefined) continue;
      this.#lastShown = shown;
      this.picturesMs.push((atUs - sentUs) / 1000);
    }
  }
}

/** Finds where sound begins after silence, payload by payload. */
class OnsetFinder implements Disposable {
  readonly #decoder = AudioDecoder.open({ codec: 'opus' });
  #silent = 0;

  /** Samples into this payload; undefined where nothing begins in it. */
  push(payload: Uint8Array): number | undefined {
    const { samples } = this.#decoder.decode(payload, 0);
    const at = samples.findIndex((sample) => Math.abs(sample) >= ONSET_LEVEL);
    const isOnset = at >= 0 && this.#silent + at >= SILENCE_SAMPLES;
    this.#silent = at < 0 ? this.#silent + samples.length : 0;
    return isOnset ? at : undefined;
  }

  [Symbol.dispose](): void {
    this.#decoder.close();
  }
}
