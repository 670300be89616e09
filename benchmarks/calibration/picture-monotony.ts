import { VideoDecoder, VideoEncoder } from '@plugfest/media';
import { type Measured, seededRandom, type VideoFrame } from '@plugfest/model';
import { PictureComparison, PictureInspection } from '@plugfest/quality';
import { prepareParticipants } from '../../packages/quality/src/synthetic-participants.ts';
import { type Damage, monotonyOf } from './monotony.ts';

const SIZE = { width: 640, height: 360, frameRate: 15 } as const;
const FRAMES = 45;

let filmed: Promise<VideoFrame[]> | undefined;
function pictures(): Promise<VideoFrame[]> {
  filmed ??= prepareParticipants(1, SIZE).then(([source]) =>
    Array.from({ length: FRAMES }, (_, n) => source?.frameAt(n) as VideoFrame),
  );
  return filmed;
}

async function compared(got: readonly VideoFrame[]): Promise<Readonly<Record<string, Measured>>> {
  const sent = await pictures();
  const [comparison, inspection] = [new PictureComparison({ frameRate: SIZE.frameRate }), new PictureInspection()];
  for (const [i, frame] of got.entries()) {
    comparison.push(sent[i] as VideoFrame, frame);
    inspection.push(frame);
  }
  return { ...inspection.summary().values, ...comparison.summary().values };
}

const LIKENESS = { psnrY: -1, ssimY: -1, vifY: -1, xpsnrY: -1 } as const;

function bitrateOf(codec: 'h264' | 'vp8', title: string): Damage {
  return {
    name: `monotony-${codec}`,
    title: `Monotony of pictures: bit rate, ${title}`,
    unit: 'kbit/s, negative',
    about: `${SIZE.width}×${SIZE.height} at ${SIZE.frameRate} pictures/s go through ${title} at 1500 down to 50 kbit/s.`,
    amounts: [-1500, -1000, -700, -450, -300, -200, -120, -80, -50],
    directions: LIKENESS,
    measure: async (amount) => {
      using encoder = VideoEncoder.open({ codec, ...SIZE, bitrateBps: -1000 * amount });
      using decoder = VideoDecoder.open({ codec });
      const got: VideoFrame[] = [];
      for (const frame of await pictures()) {
        for (const { data, ptsUs } of encoder.encode(frame)) {
          for (const picture of decoder.decode(data, ptsUs)) {
            got.push(picture.toFrame());
            picture[Symbol.dispose]();
          }
        }
      }
      return compared(got);
    },
  };
}

async function painted(paint: (luma: Uint8Array, source: Uint8Array) => void): Promise<VideoFrame[]> {
  return (await pictures()).map((frame) => {
    // A copy: slice() of a Buffer would share the bytes.
    const data = Uint8Array.from(frame.data);
    const count = frame.width * frame.height;
    paint(data.subarray(0, count), frame.data.subarray(0, count));
    return { ...frame, data };
  });
}

const blurring: Damage = {
  name: 'monotony-blur',
  title: 'Monotony of pictures: blur',
  unit: 'samples',
  about: 'Luma is averaged with its neighbours up to 1-12 samples away, across and down.',
  amounts: [0, 1, 2, 3, 4, 6, 8, 12],
  directions: LIKENESS,
  measure: blurred,
};

const blurWithoutReference: Damage = {
  ...blurring,
  name: 'monotony-own-blur',
  title: 'Monotony of pictures: blur, without a reference',
  about:
    'The same blur, up to 8 samples: there the value without a reference is full (0.775), and at 12 it falls again (0.757), because it looks at neighbours ' +
    'no more than 4 samples away.',
  amounts: [0, 1, 2, 3, 4, 6, 8],
  directions: { blur: 1 },
};

async function blurred(radius: number): Promise<Readonly<Record<string, Measured>>> {
  return compared(await painted((luma, source) => averaged(luma, source, radius)));
}

/** The mean along rows, then along columns; at the borders of what there is. */
function averaged(luma: Uint8Array, source: Uint8Array, radius: number): void {
  const { width, height } = SIZE;
  const rows = new Float64Array(source.length);
  const pass = (
    from: ArrayLike<number>,
    to: Float64Array | Uint8Array,
    length: number,
    lines: number,
    steps: [number, number],
  ) => {
    const [along, across] = steps;
    for (let line = 0; line < lines; line++) {
      for (let i = 0; i < length; i++) {
        const [first, last] = [Math.max(0, i - radius), Math.min(length - 1, i + radius)];
        let sum = 0;
        for (let k = first; k <= last; k++) sum += from[line * across + k * along] as number;
        const mean = sum / (last - first + 1);
        to[line * across + i * along] = to instanceof Uint8Array ? Math.round(mean) : mean;
      }
    }
  };
  pass(source, rows, width, height, [1, width]);
  pass(rows, luma, height, width, [width, 1]);
}

const grain: Damage = {
  name: 'monotony-grain',
  title: 'Monotony of pictures: noise',
  unit: 'steps of luma',
  about: 'Noise of a standard deviation of 0-32 steps is added to luma.',
  amounts: [0, 1, 2, 4, 6, 8, 12, 16, 24, 32],
  directions: LIKENESS,
  measure: async (deviation) => {
    const random = seededRandom(8).fork('grain');
    const gaussian = (): number => (random.next() + random.next() + random.next() + random.next() - 2) * Math.sqrt(3);
    return compared(
      await painted((luma, source) => {
        for (let i = 0; i < luma.length; i++)
          luma[i] = Math.max(0, Math.min(255, Math.round((source[i] as number) + deviation * gaussian())));
      }),
    );
  },
};

export const PICTURE_MONOTONY = [
  bitrateOf('h264', 'H.264'),
  bitrateOf('vp8', 'VP8'),
  blurring,
  blurWithoutReference,
  grain,
].map(monotonyOf);
