import type { Measured } from '@plugfest/model';
import { type Connection, mosOfRating, transmissionRating } from './transmission-rating.ts';

/** What packets alone say of speech. */
export interface PacketRating {
  readonly ratingR: Measured;
  readonly mosCqe: Measured;
}

/**
 * The E-model's rating and MOS-CQE of a measured loss ratio (see `measurePackets`), over a connection that is else known; the interval is that of the loss.
 * @see ITU-T G.107
 */
export function ratePackets(lossRatio: Measured, known: Partial<Connection> = {}): PacketRating {
  if ('notMeasured' in lossRatio) return { ratingR: lossRatio, mosCqe: lossRatio };
  const at = (ratio: number): number => transmissionRating({ ...known, lossPercent: 100 * ratio }).rating;
  const [value, low, high] = [at(lossRatio.value), at(lossRatio.high), at(lossRatio.low)];
  const { n } = lossRatio;
  return {
    ratingR: { value, unit: '1', n, low, high, method: 'g107-rating-1' },
    mosCqe: {
      value: mosOfRating(value),
      unit: 'MOS-CQE',
      n,
      low: mosOfRating(low),
      high: mosOfRating(high),
      method: 'g107-mos-1',
    },
  };
}
