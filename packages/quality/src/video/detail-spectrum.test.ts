import { scaleFrame } from '@plugfest/media';
import { seededRandom, type VideoFrame } from '@plugfest/model';
import { describe, expect, test } from 'vitest';
import { lumaOf } from '../luma-plane.ts';
import { type DetailSpectrum, detailOf, effectiveSamples, keptSamples } from './detail-spectrum.ts';

const [WIDTH, HEIGHT] = [640, 360];

/** Rectangles of all sizes and shades over each other: the spectrum of pictures of edges. */
function leaves(): VideoFrame {
  const random = seededRandom(4).fork('leaves');
  const data = new Uint8Array((WIDTH * HEIGHT * 3) / 2).fill(128);
  for (let n = 0; n < 4000; n++) {
    const size = Math.floor(4 + 200 * random.next() ** 3);
    const [left, top] = [random.next() * WIDTH - size / 2, random.next() * HEIGHT - size / 2].map(Math.round) as [
      number,
      number,
    ];
    const shade = 30 + Math.floor(190 * random.next());
    for (let y = Math.max(0, top); y < Math.min(HEIGHT, top + size); y++)
      data.fill(shade, y * WIDTH + Math.max(0, left), y * WIDTH + Math.max(0, Math.min(WIDTH, left + size)));
  }
  return { width: WIDTH, height: HEIGHT, data, ptsUs: 0 };
}

function through(picture: VideoFrame, share: number): VideoFrame {
  const even = (side: number): number => 2 * Math.round((side * share) / 2);
  return scaleFrame(scaleFrame(picture, even(WIDTH), even(HEIGHT)), WIDTH, HEIGHT);
}

const detail = (picture: VideoFrame): DetailSpectrum => detailOf(lumaOf(picture)) as DetailSpectrum;

describe('detail of a picture', () => {
  const whole = leaves();
  const sent = detail(whole);

  test('is all there where nothing was lost', () => {
    expect(effectiveSamples(sent.across, WIDTH)).toBe(WIDTH);
    expect(effectiveSamples(sent.down, HEIGHT)).toBe(HEIGHT);
    expect(keptSamples(sent.across, sent.across, WIDTH)).toBe(WIDTH);
  });

  test.each([0.5, 0.25])('tells a picture that was %s of its size on the way', (share) => {
    const got = detail(through(whole, share));
    for (const [spectrum, before, side] of [
      [got.across, sent.across, WIDTH],
      [got.down, sent.down, HEIGHT],
    ] as const)
      for (const found of [effectiveSamples(spectrum, side), keptSamples(before, spectrum, side)]) {
        expect(found).toBeGreaterThan(0.5 * share * side);
        expect(found).toBeLessThan(1.3 * share * side);
      }
  });

  test('falls with every step down', () => {
    const widths = [1, 0.75, 0.6, 0.5, 0.4, 0.3, 0.2].map((share) =>
      keptSamples(sent.across, detail(share === 1 ? whole : through(whole, share)).across, WIDTH),
    ) as number[];
    for (let i = 1; i < widths.length; i++) expect(widths[i]).toBeLessThan(widths[i - 1] as number);
  });

  test('is nothing of an even picture, and of one that is too small', () => {
    const even = { ...whole, data: new Uint8Array(whole.data.length).fill(90) };
    expect(effectiveSamples(detail(even).across, WIDTH)).toBeUndefined();
    expect(detailOf({ ...lumaOf(whole), width: 40, height: 40 })).toBeUndefined();
  });
});
