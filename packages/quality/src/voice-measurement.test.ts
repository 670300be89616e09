import type { AudioCodecName, ParticipantSource } from '@plugfest/media';
import type { VoiceMeasurement } from '@plugfest/model';
import { beforeAll, describe, expect, test } from 'vitest';
import { SoundTrackBuilder } from './sound-track.ts';
import { espeak, prepareParticipants } from './synthetic-participants.ts';
import { type MixedVoice, mixSound, through } from './synthetic-sound.ts';
import { type KnownVoice, measureVoices } from './voice-measurement.ts';

const FROM_US = 5_000_000_000;

describe.skipIf(!espeak.found)('measureVoices', () => {
  let sources: ParticipantSource[];
  beforeAll(async () => {
    sources = await prepareParticipants(6);
  }, 120_000);

  const startedUs = (i: number): number => FROM_US - 4_000_000 - i * 1_234_567;
  const voice = (i: number, delayMs: number, gainDb = 0): MixedVoice => ({
    source: sources[i] as ParticipantSource,
    startedUs: startedUs(i),
    delayMs,
    gainDb,
  });
  const known = (): KnownVoice[] =>
    sources.map((source, i) => ({
      participant: source.participant.id,
      spokenFrom: (atUs, samples) => source.speechAt(atUs - startedUs(i), samples),
    }));
  function measure(
    voices: MixedVoice[],
    { seconds = 8, codec, jitterMs }: { seconds?: number; codec?: AudioCodecName; jitterMs?: number } = {},
  ): VoiceMeasurement[] {
    const toUs = FROM_US + seconds * 1e6;
    const builder = new SoundTrackBuilder(FROM_US, toUs);
    for (const chunk of mixSound(voices, { fromUs: FROM_US, toUs, codec, jitterMs })) builder.add(chunk);
    return measureVoices(builder.build(), known());
  }
  const heard = (voices: VoiceMeasurement[]): string => voices.map((one) => (one.heard ? 1 : 0)).join('');
  const delay = (one: VoiceMeasurement | undefined): number =>
    one && 'value' in one.audioDelayMs ? one.audioDelayMs.value : Number.NaN;
  const level = (one: VoiceMeasurement | undefined): number =>
    one && 'value' in one.levelDb ? one.levelDb.value : Number.NaN;

  /** What the codec itself adds, twice: the impulse’s place after coding and decoding. */
  function codecDelayMs(codec: AudioCodecName | undefined): number {
    const source = sources[0] as ParticipantSource;
    const sound = source.speechAt(4_000_000, 96_000);
    const coded = through(codec, sound);
    let [best, at] = [0, 0];
    for (let lag = 0; lag < 1000; lag++) {
      let sum = 0;
      for (let n = 0; n < 60_000; n += 3) sum += (sound[n] as number) * (coded[n + lag] as number);
      if (sum > best) [best, at] = [sum, lag];
    }
    return (2 * at) / 48;
  }

  test.each([undefined, 'pcmu', 'pcma', 'g722', 'opus'] as const)('three speakers at once through %s', (codec) => {
    const result = measure([voice(0, 123), voice(1, 250, -3), voice(2, 640, -6)], { codec });
    console.log(
      codec,
      result.map((r) =>
        [r.heard, delay(r).toFixed(2), level(r).toFixed(2), r.correlation.toFixed(3), r.prominence?.toFixed(1)].join(
          ' ',
        ),
      ),
      codecDelayMs(codec),
    );
    expect(heard(result)).toBe('111000');
    const added = codecDelayMs(codec);
    for (const [i, [delayMs, gainDb]] of (
      [
        [123, 0],
        [250, -3],
        [640, -6],
      ] as const
    ).entries()) {
      expect(Math.abs(delay(result[i]) - delayMs - added)).toBeLessThan(0.5);
      expect(Math.abs(level(result[i]) - gainDb)).toBeLessThan(codec === 'opus' ? 1 : 0.5);
    }
  });

  test.each([-10, -20, -30, -35])('one’s own voice at %i dB under three others is heard', (gainDb) => {
    const result = measure([voice(0, 100), voice(1, 150), voice(2, 200), voice(3, 320, gainDb)], { codec: 'g722' });
    console.log(
      gainDb,
      result.map((r) =>
        [r.heard, delay(r).toFixed(2), level(r).toFixed(2), r.correlation.toFixed(3), r.prominence?.toFixed(1)].join(
          ' ',
        ),
      ),
    );
    expect(heard(result)).toBe('111100');
    expect(Math.abs(level(result[3]) - gainDb)).toBeLessThan(1.5);
  });
});
