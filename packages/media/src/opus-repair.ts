import type { OpusDecoderHandle } from 'libopus-wasm';
import { TICK_SAMPLES } from './codec-names.ts';

/** So many ticks, and a decoder sounds as if it had heard all that was before. @see RFC 7845 §4.6 (80 ms) */
const PRIMING = 5;

/** One for all streams: each repair tells it first what its own stream said last. */
let decoder: OpusDecoderHandle | undefined;
let loading: Promise<void> | undefined;

/** Makes ready what `OpusRepair` works with; until then (10 ms) nothing is restored. */
export function loadOpusRepair(): Promise<void> {
  loading ??= import('libopus-wasm')
    .then(({ createDecoder }) => createDecoder({ channels: 1, sampleRate: 48_000 }))
    .then((opened) => {
      decoder = opened;
    });
  return loading;
}

/**
 * Restores lost ticks of an Opus stream from what the packet after them tells of them, and else from what was said before: libopus itself, because libavcodec's
 * decoder has no word for either (docs/decisions/0017).
 */
export class OpusRepair {
  #heard: Uint8Array[] = [];
  #missing = 0;

  /** What came and was decoded. */
  heard(payload: Uint8Array): void {
    this.#heard.push(payload);
    if (this.#heard.length > PRIMING) this.#heard.shift();
    this.#missing = 0;
  }

  /** The next missing 20 ms; `next` is the packet right after them. Undefined where packets are of another length, and at the beginning. */
  restore(next?: Uint8Array): Int16Array | undefined {
    if (!decoder || this.#heard.length === 0) return undefined;
    try {
      const said = this.#heard.map((payload) => decoder?.decode(payload)).at(-1);
      if (said?.length !== TICK_SAMPLES) return undefined;
      for (let before = 0; before < this.#missing; before++) decoder.decodePacketLoss(TICK_SAMPLES);
      this.#missing++;
      return next
        ? decoder.decode(next, { decodeFec: true, frameSize: TICK_SAMPLES })
        : decoder.decodePacketLoss(TICK_SAMPLES);
    } catch {
      // What libavcodec took libopus need not take: then it is concealed as any other sound.
      return undefined;
    }
  }
}

/**
 * Whether a packet tells of the 20 ms before it, too: the LBRR flag behind the VAD flag of its one SILK frame. False for packets of several frames, where it is not looked for.
 * @see RFC 6716 §3.1, §4.2.3, §4.2.4
 */
export function tellsOfBefore(payload: Uint8Array): boolean {
  const [toc = 0, first = 0] = payload;
  const [config, isStereo, frames] = [toc >> 3, (toc & 4) !== 0, toc & 3];
  const isCelt = config >= 16;
  // Configurations of SILK alone come in four lengths, hybrid ones in two: 20 ms is the second of each.
  const is20Ms = config < 12 ? config % 4 === 1 : config % 2 === 1;
  if (isCelt || frames !== 0 || !is20Ms) return false;
  return (first & 0x40) !== 0 || (isStereo && (first & 0x10) !== 0);
}
