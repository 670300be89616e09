import type { Calibration, CalibrationPoint } from './calibration.ts';
import { AUDIO_NAMES, codecDelayMs, conduct, numberOf, sampleCount } from './conference-bench.ts';

const CODECS = ['opus', 'g722'] as const;
type Codec = (typeof CODECS)[number];

async function sweep(
  amounts: readonly number[],
  point: (amount: number, codec: Codec) => Promise<Omit<CalibrationPoint, 'series'>>,
): Promise<CalibrationPoint[]> {
  const points: CalibrationPoint[] = [];
  for (const codec of CODECS) {
    for (const amount of amounts) points.push({ series: AUDIO_NAMES[codec], ...(await point(amount, codec)) });
  }
  return points;
}

const off = (measured: number | undefined, truth: number): number =>
  measured === undefined ? Number.POSITIVE_INFINITY : measured - truth;

const audioDelay: Calibration = {
  name: 'audio-delay',
  title: 'Audio delay, mouth to ear',
  unit: 'ms',
  limit: 1,
  errorUnit: 'ms',
  about:
    'One voice of two that speak at once comes 0-800 ms late. The truth includes what two passes of the codec and its rate converters add, which is found ' +
    'apart, by plain correlation at 48 kHz.',
  run: () =>
    sweep([0, 37.4, 120, 250, 400, 600, 800], async (audioDelayMs, audioCodec) => {
      const { viewer } = await conduct({ seconds: 6, audioCodec, injection: { audioDelayMs } });
      const delay = viewer.voices.find(({ participant }) => participant === 'p2')?.audioDelayMs;
      const truth = audioDelayMs + (await codecDelayMs(audioCodec));
      const measured = numberOf(delay);
      return { truth, measured, error: off(measured, truth), n: sampleCount(delay) };
    }),
};

const VIDEO_LATE_MS = 350;

const lipSync: Calibration = {
  name: 'lip-sync',
  title: 'Lip sync',
  unit: 'ms',
  limit: 10,
  errorUnit: 'ms',
  about:
    'Sound comes up to 300 ms before (positive) or after the picture that it belongs to; H.264 with Opus and with G.722.',
  run: () =>
    sweep([-300, -185, -125, -60, 0, 45, 90, 180, 300], async (earlyMs, audioCodec) => {
      const injection = { videoDelayMs: VIDEO_LATE_MS, audioDelayMs: VIDEO_LATE_MS - earlyMs };
      const { run, tile } = await conduct({ seconds: 6, audioCodec, injection });
      const ages = (run.delaysMs.p2 ?? []).toSorted((a, b) => a - b);
      const truth = (ages[ages.length >> 1] ?? 0) - injection.audioDelayMs - (await codecDelayMs(audioCodec));
      const measured = numberOf(tile?.lipSyncMs);
      return { truth, measured, error: off(measured, truth), n: sampleCount(tile?.lipSyncMs) };
    }),
};

const levels: Calibration = {
  name: 'level',
  title: 'Level of a voice',
  unit: 'dB',
  limit: 0.2,
  errorUnit: 'dB',
  about: 'One voice of two that speak at once is amplified or attenuated against what was sent.',
  run: () =>
    sweep([-24, -18, -12, -6, -3, 0, 3], async (gainDb, audioCodec) => {
      const { viewer } = await conduct({ seconds: 8, audioCodec, injection: { gainDb } });
      const level = viewer.voices.find(({ participant }) => participant === 'p2')?.levelDb;
      const measured = numberOf(level);
      return { truth: gainDb, measured, error: off(measured, gainDb), n: sampleCount(level) };
    }),
};

const echoes: Calibration = {
  name: 'echo-loss',
  title: 'Echo loss',
  unit: 'dB',
  limit: 1,
  errorUnit: 'dB',
  about: 'The viewer’s own voice comes back 10-50 dB weaker than it was sent, while nobody else speaks.',
  run: () =>
    sweep([10, 20, 30, 40, 50], async (lossDb, audioCodec) => {
      const injection = { ownVoiceDb: -lossDb, isMuted: true };
      const { viewer } = await conduct({ seconds: 12, people: 2, audioCodec, injection });
      const level = numberOf(viewer.ownVoice.levelDb);
      const measured = level === undefined ? undefined : -level;
      return { truth: lossDb, measured, error: off(measured, lossDb), n: sampleCount(viewer.ownVoice.levelDb) };
    }),
};

export const SOUND_CALIBRATIONS = [audioDelay, lipSync, levels, echoes] as const;
