import { seededRandom, type VideoFrame } from '@plugfest/model';
import { describe, expect, test } from 'vitest';
import { ColourWitness } from './colour-mismatch.ts';
import { fullMap } from './picture-map.ts';

const SIZE = { width: 64, height: 48 };
type Rgb = readonly [red: number, green: number, blue: number];

/** Coloured squares of 8×8. */
function scene(): Rgb[] {
  const random = seededRandom(5).fork('colours');
  return Array.from({ length: 48 }, (): Rgb => [0, 1, 2].map(() => 0.1 + 0.7 * random.next()) as unknown as Rgb);
}

/** Straight from the definitions. @see ITU-R BT.601-7 §2.5, BT.709-6 §3 */
function coded(colours: readonly Rgb[], matrix: '601' | '709', isFull: boolean, noise = 0): VideoFrame {
  const random = seededRandom(6).fork('noise');
  const { width, height } = SIZE;
  const data = new Uint8Array((width * height * 3) / 2);
  const [kr, kb] = matrix === '601' ? [0.299, 0.114] : [0.2126, 0.0722];
  const at = (x: number, y: number): [number, number, number] => {
    const [r, g, b] = colours[Math.floor(y / 8) * 8 + Math.floor(x / 8)] as Rgb;
    const luma = kr * r + (1 - kr - kb) * g + kb * b;
    const [cb, cr] = [(b - luma) / (2 * (1 - kb)), (r - luma) / (2 * (1 - kr))];
    return isFull ? [255 * luma, 128 + 255 * cb, 128 + 255 * cr] : [16 + 219 * luma, 128 + 224 * cb, 128 + 224 * cr];
  };
  const put = (i: number, value: number): void => {
    data[i] = Math.max(0, Math.min(255, Math.round(value + noise * (random.next() - 0.5))));
  };
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) put(y * width + x, at(x, y)[0]);
  for (let y = 0; y < height / 2; y++)
    for (let x = 0; x < width / 2; x++)
      for (const n of [1, 2] as const)
        put(width * height * (1 + (n - 1) / 4) + (y * width) / 2 + x, at(2 * x, 2 * y)[n]);
  return { ...SIZE, data, ptsUs: 0 };
}

function judge(reference: VideoFrame, captured: VideoFrame) {
  const witness = new ColourWitness();
  witness.push(reference, captured, fullMap(SIZE, SIZE));
  return witness.mismatch();
}

describe('ColourWitness', () => {
  const colours = scene();
  const right = coded(colours, '601', false);

  test.each([
    ['the other matrix', '709', false, { matrix: 'BT.709 for BT.601', range: 'none' }],
    ['the other range', '601', true, { matrix: 'none', range: 'full for limited' }],
    ['both', '709', true, { matrix: 'BT.709 for BT.601', range: 'full for limited' }],
  ] as const)('tells %s', (_, matrix, isFull, expected) => {
    expect(judge(right, coded(colours, matrix, isFull, 6))).toMatchObject(expected);
  });

  test('tells the other way round', () => {
    expect(judge(coded(colours, '709', false), right)).toMatchObject({ matrix: 'BT.601 for BT.709', range: 'none' });
    expect(judge(coded(colours, '601', true), right)).toMatchObject({ matrix: 'none', range: 'limited for full' });
  });

  test('finds nothing where colours are right, noisy, or of something else', () => {
    expect(judge(right, right)).toBeUndefined();
    expect(judge(right, coded(colours, '601', false, 20))).toBeUndefined();
    expect(judge(right, coded(colours.toReversed(), '601', false))).toBeUndefined();
    const darker = {
      ...right,
      data: right.data.map((value, i) => (i < SIZE.width * SIZE.height ? value * 0.7 : value)),
    };
    expect(judge(right, darker)).toBeUndefined();
  });
});
