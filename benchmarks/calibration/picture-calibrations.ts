import type { Calibration, CalibrationPoint } from './calibration.ts';
import { type BenchOutcome, conduct, middleOf, numberOf, sampleCount, VIDEO_NAMES } from './conference-bench.ts';

const CODECS = ['h264', 'vp8'] as const;
const FRAME_RATE = 15;
const HALF_INTERVAL_MS = 500 / FRAME_RATE;

/** Each codec with each amount. */
async function sweep<T>(
  amounts: readonly T[],
  point: (amount: T, codec: (typeof CODECS)[number]) => Promise<CalibrationPoint>,
): Promise<CalibrationPoint[]> {
  const points: CalibrationPoint[] = [];
  for (const codec of CODECS) for (const amount of amounts) points.push(await point(amount, codec));
  return points;
}

/** How far each picture's measured age is from its true one: 95 % are nearer. */
function ageError({ run, tile }: BenchOutcome): { p95: number; truth: number; n: number } {
  const startUs = run.events.find(({ type }) => type === 'media.started')?.atUs ?? 0;
  const measured = new Map(
    tile?.series.map(([atMs, delayMs, , , frame]) => [frame, { atMs, delayMs }] as const).toReversed(),
  );
  const ages = (run.showings.p2 ?? []).map(({ frameNumber, sentUs, shownUs }) => {
    const found = measured.get(frameNumber);
    const isSame = found && Math.abs(found.atMs - (shownUs - startUs) / 1000) < 500 / FRAME_RATE;
    return isSame ? Math.abs(found.delayMs - (shownUs - sentUs) / 1000) : Number.POSITIVE_INFINITY;
  });
  const sorted = ages.toSorted((a, b) => a - b);
  const delays = (run.delaysMs.p2 ?? []).toSorted((a, b) => a - b);
  return {
    p95: sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.POSITIVE_INFINITY,
    truth: delays[delays.length >> 1] ?? Number.NaN,
    n: ages.length,
  };
}

const videoDelay: Calibration = {
  name: 'video-delay',
  title: 'Video delay, glass to glass',
  unit: 'ms',
  limit: HALF_INTERVAL_MS,
  errorUnit: 'ms',
  about:
    'Pictures are shown 0-800 ms after they were sent (and at the next tick of the viewer’s 15 pictures/s). Truth and reading are the medians of ' +
    'each conference; the error is the 95th percentile over all pictures of |age read − true age|.',
  run: () =>
    sweep([0, 70, 140, 210, 300, 400, 500, 600, 700, 770], async (videoDelayMs, videoCodec) => {
      const outcome = await conduct({ seconds: 8, videoCodec, injection: { videoDelayMs } });
      const { p95, truth, n } = ageError(outcome);
      const measured = middleOf(outcome.tile?.videoDelayMs);
      return { series: VIDEO_NAMES[videoCodec], truth, measured, error: p95, n };
    }),
};

const freezes: Calibration = {
  name: 'freeze',
  title: 'Freezes',
  unit: 's',
  limit: 1000 / 30,
  errorUnit: 'ms',
  about:
    'One participant’s picture stands still for 0.2-5 s at 30 pictures/s (by the W3C’s definition a freeze begins at 183 ms there, at 217 ms where there are 15). The error is that of the one freeze that must be found; none or more than one ' +
    'counts as an error without bound.',
  run: () =>
    sweep([0.2, 0.3, 0.5, 0.8, 1.2, 2, 3, 5], async (seconds, videoCodec) => {
      // From a tick of the viewer's on: the next new picture comes at the first tick when the freeze is over.
      const [fromS, hairS] = [2, 1e-4];
      const { tile } = await conduct({
        seconds: 8,
        frameRate: 30,
        videoCodec,
        injection: { freeze: { fromS: fromS + hairS, toS: fromS + seconds - hairS } },
      });
      const found = tile?.freezes ?? [];
      const measured = found.length === 1 ? (found[0]?.durationMs ?? 0) / 1000 : undefined;
      const error = measured === undefined ? Number.POSITIVE_INFINITY : (measured - seconds) * 1000;
      return { series: VIDEO_NAMES[videoCodec], truth: seconds, measured, error, n: found.length };
    }),
};

const frameRates: Calibration = {
  name: 'frame-rate',
  title: 'Frame rate',
  unit: '1/s',
  limit: 0.1,
  errorUnit: '1/s',
  about: 'Of a source of 30 pictures/s in a conference of 30 only 5-30 a second are shown anew.',
  run: () =>
    sweep([5, 7.5, 10, 12, 15, 20, 24, 30], async (rate, videoCodec) => {
      const injection = rate === 30 ? {} : { frameRate: rate };
      const { tile } = await conduct({ seconds: 8, frameRate: 30, videoCodec, injection });
      const measured = numberOf(tile?.frameRate);
      const error = measured === undefined ? Number.POSITIVE_INFINITY : measured - rate;
      return { series: VIDEO_NAMES[videoCodec], truth: rate, measured, error, n: sampleCount(tile?.frameRate) };
    }),
};

export const PICTURE_CALIBRATIONS = [videoDelay, freezes, frameRates] as const;
