import { layoutTiles, type Rect, seededRandom } from '@plugfest/model';
import { type IdentityCount, type IdentityTrial, tryIdentity } from '../../packages/quality/src/identity-trial.ts';
import { prepareParticipants } from '../../packages/quality/src/synthetic-participants.ts';
import type { Calibration, CalibrationPoint } from './calibration.ts';
import { VIDEO_NAMES } from './conference-bench.ts';

const CODECS = ['h264', 'vp8'] as const;

type Stage = Pick<IdentityTrial, 'size' | 'rects' | 'bitrateBps' | 'pictures' | 'counted'>;

const HD = { width: 1280, height: 720 };
/** One of three quarters of the width and height, seven of a quarter. */
const ONE_PLUS_SEVEN: readonly Rect[] = [
  { x: 0, y: 0, width: 960, height: 540 },
  ...[0, 180, 360].map((y) => ({ x: 960, y, width: 320, height: 180 })),
  ...[0, 320, 640, 960].map((x) => ({ x, y: 540, width: 320, height: 180 })),
];

const STAGES: Record<'2×2' | '1+7' | 'single', Stage> = {
  '2×2': {
    size: { width: 640, height: 360 },
    rects: layoutTiles('equal-2x2', 640, 360),
    bitrateBps: 200_000,
    pictures: 1500,
  },
  '1+7': { size: HD, rects: ONE_PLUS_SEVEN, bitrateBps: 700_000, pictures: 600, counted: [1, 2, 3, 4, 5, 6, 7] },
  single: {
    size: { width: 320, height: 180 },
    rects: layoutTiles('single', 320, 180),
    bitrateBps: 60_000,
    pictures: 4500,
  },
};

async function pointOf(name: keyof typeof STAGES, codec: (typeof CODECS)[number], lossRatio: number) {
  const stage = STAGES[name];
  const sources = await prepareParticipants(stage.rects.length);
  const loss = lossRatio > 0 ? { ratio: lossRatio, random: seededRandom(7).fork(`${name}:${codec}`) } : undefined;
  const count = tryIdentity({ ...stage, sources, codec, loss });
  return { count, point: described(`${name}, ${VIDEO_NAMES[codec]}`, count, lossRatio) };
}

function described(series: string, { shown, read, wrong }: IdentityCount, lossRatio: number): CalibrationPoint {
  const unread = shown === 0 ? 100 : (100 * (shown - read)) / shown;
  // Of n without one wrong, the true share is below 3 / n with 95 %.
  const bound = ((100 * 3) / Math.max(1, read)).toFixed(3);
  return {
    series,
    truth: lossRatio * 100,
    measured: 100 - unread,
    error: wrong > 0 ? Number.POSITIVE_INFINITY : unread,
    n: shown,
    note: wrong > 0 ? `${wrong} wrong of ${read}` : `0 wrong of ${read}: at most ${bound} % (95 %)`,
  };
}

function identity(
  terms: Pick<Calibration, 'name' | 'title' | 'limit' | 'about'>,
  stages: readonly (keyof typeof STAGES)[],
  lossRatio: number,
): Calibration {
  return {
    ...terms,
    unit: '%',
    errorUnit: '% unread',
    run: async () => {
      const points: CalibrationPoint[] = [];
      for (const stage of stages) {
        for (const codec of CODECS) points.push((await pointOf(stage, codec, lossRatio)).point);
      }
      return points;
    },
  };
}

export const IDENTITY_CALIBRATIONS = [
  identity(
    {
      name: 'identity',
      title: 'Who is in which tile',
      limit: 1,
      about:
        'Every source is coded, composed with labels and borders, coded again and read: 2×2 in 640×360 at 200 kbit/s, and the small tiles of 1+7 in ' +
        '1280×720 at 700 kbit/s. Reading is the share of tiles read; one wrong code (other participant, frame or time than was shown) counts as an error without bound.',
    },
    ['2×2', '1+7'],
    0,
  ),
  identity(
    {
      name: 'identity-single',
      title: 'Who is in a picture of its own',
      limit: 0.1,
      about: 'A single stream of 320×180 at 60 kbit/s.',
    },
    ['single'],
    0,
  ),
  identity(
    {
      name: 'identity-loss',
      title: 'Who is in which tile, under 10 % packet loss',
      limit: 100,
      about:
        'The same with every tenth RTP packet lost, damaged pictures shown, a key frame 200 ms after a loss: whatever the damage leaves unread, nothing may be ' +
        'read that was never sent.',
    },
    ['2×2', '1+7', 'single'],
    0.1,
  ),
];
