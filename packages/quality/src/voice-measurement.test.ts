import type { AudioCodecName, ParticipantSource } from '@plugfest/media';
import { type AudioChunk, seededRandom, type VoiceMeasurement } from '@plugfest/model';
import { beforeAll, describe, expect, test } from 'vitest';
import { SoundTrackBuilder } from './sound-track.ts';
import { espeak, prepareParticipants } from './synthetic-participants.ts';
import { type MixedVoice, mixSound, through } from './synthetic-sound.ts';
import { HEARD_SIGMAS, type KnownVoice, measureVoices } from './voice-measurement.ts';

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
    expect(heard(result)).toBe('111100');
    expect(Math.abs(level(result[3]) - gainDb)).toBeLessThan(1.5);
  });

  test('absent voices stay far below the threshold, whoever else speaks', () => {
    const loudest: number[] = [];
    for (let trial = 0; trial < 12; trial++) {
      const speaking = [trial % 6, (trial + 1 + (trial % 3)) % 6];
      const seconds = trial < 10 ? 2 : 8;
      const mixed = speaking.map((i, k) => voice(i, 50 + 97 * trial + 300 * k, -3 * k));
      const result = measure(mixed, { seconds, codec: (['pcma', 'opus', undefined] as const)[trial % 3] });
      expect(heard(result)).toBe([0, 1, 2, 3, 4, 5].map((i) => (speaking.includes(i) ? 1 : 0)).join(''));
      loudest.push(...result.filter((one) => !one.heard).map(({ prominence = 0 }) => prominence));
    }
    expect(Math.max(...loudest)).toBeLessThan(HEARD_SIGMAS.whole - 1);
  });

  test('an absent voice that says little of what is looked through is not heard either', () => {
    for (let trial = 0; trial < 6; trial++) {
      const toUs = FROM_US + 2e6;
      const builder = new SoundTrackBuilder(FROM_US, toUs);
      const speaking = voice(trial % 5, 120);
      for (const chunk of mixSound([speaking], { fromUs: FROM_US, toUs, codec: 'opus' })) builder.add(chunk);
      const brief: KnownVoice = {
        participant: 'brief',
        spokenFrom: (atUs, samples) => {
          const all = (sources[5] as ParticipantSource).speechAt(atUs - startedUs(5) - trial * 700_000, samples);
          return all.fill(0, 24_000 + 4000 * trial);
        },
      };
      expect(measureVoices(builder.build(), [brief])[0]?.heard).toBe(false);
    }
  });

  test('silence and noise contain nobody', () => {
    expect(heard(measure([]))).toBe('000000');
    const noise = seededRandom(3);
    const builder = new SoundTrackBuilder(FROM_US, FROM_US + 4e6);
    const samples = Int16Array.from({ length: 192_000 }, () => (noise.next() - 0.5) * 8000);
    builder.add({ samples, sampleRateHz: 48_000, channels: 1, ptsUs: FROM_US });
    const result = measureVoices(builder.build(), known());
    expect(heard(result)).toBe('000000');
    expect(result[0]?.levelDb).toEqual({ notMeasured: 'this voice was not heard' });
  });

  test('chunks whose times jitter by ±8 ms do not move the delay', () => {
    const result = measure([voice(0, 200), voice(1, 260)], { jitterMs: 8 });
    expect(Math.abs(delay(result[0]) - 200)).toBeLessThan(1);
    expect(Math.abs(delay(result[1]) - 260)).toBeLessThan(1);
  });

  test('a delay that grows on the way is told with its range', () => {
    const [early, late] = [100, 180].map((delayMs) =>
      mixSound([voice(0, delayMs)], { fromUs: FROM_US, toUs: FROM_US + 8e6 }),
    );
    const builder = new SoundTrackBuilder(FROM_US, FROM_US + 8e6);
    for (let i = 0; i < 400; i++) builder.add((i < 200 ? early : late)?.[i] as AudioChunk);
    const [result] = measureVoices(builder.build(), known());
    expect(result?.audioDelayMs).toMatchObject({ n: 4, low: expect.closeTo(99.5, 0), high: expect.closeTo(180.5, 0) });
    expect(level(result)).toBeCloseTo(0, 0);
  });

  test('a gap in the capture does not shift what comes after it', () => {
    const chunks = mixSound([voice(0, 150)], { fromUs: FROM_US, toUs: FROM_US + 8e6 });
    const builder = new SoundTrackBuilder(FROM_US, FROM_US + 8e6);
    for (const [i, chunk] of chunks.entries()) if (i < 100 || i >= 117) builder.add(chunk);
    const track = builder.build();
    expect(track.capturedMs).toBe(8000 - 17 * 20);
    const [result] = measureVoices(track, known());
    expect(result?.audioDelayMs).toMatchObject({
      value: expect.closeTo(150, 0),
      low: expect.closeTo(149.5, 0),
      high: expect.closeTo(150.5, 0),
    });
  });

  test('who says nothing in the window cannot be judged', () => {
    const builder = new SoundTrackBuilder(FROM_US, FROM_US + 2e6);
    for (const chunk of mixSound([voice(0, 100)], { fromUs: FROM_US, toUs: FROM_US + 2e6 })) builder.add(chunk);
    const silent: KnownVoice = { participant: 'silent', spokenFrom: (_, samples) => new Int16Array(samples) };
    expect(measureVoices(builder.build(), [silent])[0]?.levelDb).toEqual({
      notMeasured: 'this voice said nothing in that time',
    });
  });
});
