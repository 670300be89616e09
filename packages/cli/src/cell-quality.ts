import type { Quality } from '@plugfest/history';
import type { Distribution, Measured, Measurements, TileMeasurement, ViewerMeasurement } from '@plugfest/model';

/** How a measure is read of a participant's view, and which of several values is the worst. */
interface Measure {
  readonly unit: string;
  readonly worst: 'highest' | 'lowest';
  readonly of: (viewer: ViewerMeasurement) => (number | undefined)[];
}

const valueIn = (measured: Measured): number | undefined => ('value' in measured ? measured.value : undefined);
const tiles =
  (read: (tile: TileMeasurement) => number | undefined) =>
  ({ tiles: all }: ViewerMeasurement): (number | undefined)[] =>
    all.map(read);
const percentile = (distribution: Distribution, of: 'p50' | 'p95'): number | undefined =>
  'unit' in distribution ? distribution[of] : undefined;

const MEASURES: Readonly<Record<string, Measure>> = {
  ssimY: { unit: '1', worst: 'lowest', of: tiles(({ ssimY }) => percentile(ssimY, 'p50')) },
  videoDelay: { unit: 'ms', worst: 'highest', of: tiles(({ videoDelayMs }) => percentile(videoDelayMs, 'p95')) },
  frameRate: { unit: '1/s', worst: 'lowest', of: tiles(({ frameRate }) => valueIn(frameRate)) },
  frozen: { unit: 'ms', worst: 'highest', of: tiles(({ frozenMs }) => frozenMs) },
  audioDelay: {
    unit: 'ms',
    worst: 'highest',
    of: ({ voices }) => voices.map(({ audioDelayMs }) => valueIn(audioDelayMs)),
  },
  lossRatio: { unit: '1', worst: 'highest', of: ({ packets }) => [valueIn(packets.lossRatio)] },
};

/** The worst of each measure that any participant had; what was not measured is not there. */
export function qualityOf({ viewers }: Measurements): Record<string, Quality> {
  return Object.fromEntries(
    Object.entries(MEASURES).flatMap(([name, { unit, worst, of }]) => {
      const values = viewers.flatMap(of).filter((value) => value !== undefined);
      if (values.length === 0) return [];
      return [[name, { value: worst === 'highest' ? Math.max(...values) : Math.min(...values), unit }]];
    }),
  );
}
