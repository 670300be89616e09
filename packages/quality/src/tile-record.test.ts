import { describe, expect, test } from 'vitest';
import { measureTile } from './tile-measurement.ts';
import { delayOf, TileRecord } from './tile-record.ts';

const rect = { x: 0, y: 0, width: 320, height: 180 };

describe('delayOf', () => {
  test.each([
    [100, 250_500, 150],
    [16_380, (16_384 + 120) * 1000 + 500, 124],
    [5_000, (10 * 16_384 + 5_300) * 1000 + 500, 300],
    [200, 190_500, -10],
    [3, (16_384 - 7) * 1000 + 500, -10],
  ])('sent at %i ms, shown at %i µs: %i ms old', (sentMs, shownUs, delayMs) => {
    expect(delayOf(sentMs, shownUs)).toBeCloseTo(delayMs, 6);
  });
});

describe('TileRecord', () => {
  const show = (record: TileRecord, frameNumbers: number[]): void => {
    for (const [i, frameNumber] of frameNumbers.entries()) {
      const shownUs = 1_000_000 + i * 66_667;
      record.seen(
        { participant: 1, frameNumber, sentMs: Math.floor(shownUs / 1000) - 100 },
        { seat: 0, rect, shownUs },
        undefined,
      );
    }
  };

  test('frame numbers count on beyond 4096; repeated and older frames are not new', () => {
    const record = new TileRecord('a');
    show(record, [4094, 4095, 0, 0, 4095, 1]);
    expect(record.samples.map(({ frameNumber }) => frameNumber)).toEqual([4094, 4095, 4096, 4096, 4095, 4097]);
    expect(record.samples.map(({ isNew }) => isNew)).toEqual([true, true, true, false, false, true]);
    expect(record.newPictureUs).toHaveLength(4);
  });

  test('what was sent is not known: identity and delay are measured, likeness is not', () => {
    const record = new TileRecord('a');
    show(
      record,
      Array.from({ length: 30 }, (_, i) => i),
    );
    const window = { fromUs: 1_000_000, toUs: 3_000_000, pictures: 30, nominalFrameRate: 15, unscored: 'no espeak-ng' };
    const tile = measureTile(record, window, undefined);
    expect(tile).toMatchObject({ psnrY: { notMeasured: 'no espeak-ng' }, ssimY: { notMeasured: 'no espeak-ng' } });
    expect(tile.videoDelayMs).toMatchObject({ n: 29, p50: expect.closeTo(100, 0) });
    expect(tile.frameRate).toMatchObject({ value: expect.closeTo(15, 2), unit: '1/s', n: 30 });
    expect(tile.lipSyncMs).toEqual({ notMeasured: 'no sound' });
  });
});
