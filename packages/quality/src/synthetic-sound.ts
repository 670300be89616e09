import {
  type AudioCodecName,
  AudioDecoder,
  AudioEncoder,
  type ParticipantSource,
  TICK_SAMPLES,
  TICK_US,
} from '@plugfest/media';
import { type AudioChunk, seededRandom } from '@plugfest/model';

/** One voice in a synthetic mix, with the truth that a measurement has to find. */
export interface MixedVoice {
  readonly source: ParticipantSource;
  /** When its speech began. */
  readonly startedUs: number;
  readonly delayMs: number;
  readonly gainDb: number;
}

/** What a listener would capture: every voice through the codec on its way in, the mix through the codec on its way out. */
export function mixSound(
  voices: readonly MixedVoice[],
  { fromUs, toUs, codec, jitterMs = 0 }: { fromUs: number; toUs: number; codec?: AudioCodecName; jitterMs?: number },
): AudioChunk[] {
  const ticks = Math.round((toUs - fromUs) / TICK_US);
  const inputs = voices.map(({ source, startedUs, delayMs, gainDb }) => {
    const elapsedUs = fromUs - delayMs * 1000 - startedUs;
    const spoken = source.speechAt(elapsedUs, ticks * TICK_SAMPLES);
    return through(codec, spoken).map((value) => value * 10 ** (gainDb / 20));
  });
  const mix = Int16Array.from({ length: ticks * TICK_SAMPLES }, (_, i) => {
    const sum = inputs.reduce((total, input) => total + (input[i] as number), 0);
    return Math.max(-32_768, Math.min(32_767, Math.round(sum)));
  });
  const played = through(codec, mix);
  const random = seededRandom(1);
  return Array.from({ length: ticks }, (_, i) => ({
    samples: Int16Array.from(played.subarray(i * TICK_SAMPLES, (i + 1) * TICK_SAMPLES)),
    sampleRateHz: 48_000,
    channels: 1,
    ptsUs: fromUs + i * TICK_US + (random.next() - 0.5) * 2000 * jitterMs,
  }));
}

/** Sound after a codec; the codec's own delay stays in it. */
export function through(codec: AudioCodecName | undefined, samples: Int16Array): Float64Array {
  const out = new Float64Array(samples.length);
  if (!codec) {
    out.set(samples);
    return out;
  }
  using encoder = AudioEncoder.open({ codec });
  using decoder = AudioDecoder.open({ codec });
  let at = 0;
  for (let i = 0; i < samples.length; i += TICK_SAMPLES) {
    const chunk = { samples: samples.slice(i, i + TICK_SAMPLES), sampleRateHz: 48_000, channels: 1, ptsUs: 0 };
    for (const payload of encoder.encode(chunk)) {
      const decoded = decoder.decode(payload, 0).samples;
      out.set(decoded.subarray(0, out.length - at), at);
      at += decoded.length;
    }
  }
  return out;
}
