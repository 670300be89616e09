import type { Measured } from '@plugfest/model';
import type { Calibration, CalibrationPoint } from './calibration.ts';
import { numberOf, sampleCount } from './conference-bench.ts';

/** Which way each metric must move as the amount grows: 1 up, −1 down. */
export type Directions = Readonly<Record<string, 1 | -1>>;

/** One kind of damage in growing amounts, and the metrics that must follow it at every step. */
export interface Damage {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly about: string;
  readonly amounts: readonly number[];
  readonly directions: Directions;
  /** The values at one amount, by the metrics' names. */
  readonly measure: (amount: number) => Promise<Readonly<Record<string, Measured>>>;
}

/** What Spearman's coefficient may lack of 1. */
const LIMIT = 0.02;

/** The error of a metric is what Spearman's coefficient of it with the amount lacks of 1 (in its direction). */
export function monotonyOf(damage: Damage): Calibration {
  return {
    name: damage.name,
    title: damage.title,
    unit: damage.unit,
    limit: LIMIT,
    errorUnit: '1 − ρ',
    plot: 'values',
    about: `${damage.about} The error is what Spearman’s ρ of value and amount lacks of 1, each metric in the direction that it must move.`,
    run: async () => {
      const measured: Readonly<Record<string, Measured>>[] = [];
      for (const amount of damage.amounts) measured.push(await damage.measure(amount));
      return Object.entries(damage.directions).flatMap(([name, direction]) =>
        pointsOf(
          name,
          direction,
          damage.amounts,
          measured.map((values) => values[name]),
        ),
      );
    },
  };
}

function pointsOf(
  series: string,
  direction: 1 | -1,
  amounts: readonly number[],
  measured: readonly (Measured | undefined)[],
): CalibrationPoint[] {
  const values = measured.map(numberOf);
  const isWhole = values.every((value): value is number => value !== undefined);
  const error = isWhole ? 1 - direction * spearman(amounts, values) : Number.POSITIVE_INFINITY;
  return amounts.map((truth, i) => ({
    series,
    truth,
    measured: values[i],
    error,
    n: sampleCount(measured[i]),
  }));
}

/** Spearman's rank correlation; equal values share their mean rank. 0 where one of the two does not vary. */
export function spearman(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [centredRanks(a), centredRanks(b)];
  const product = (u: readonly number[], v: readonly number[]): number =>
    u.reduce((sum, value, i) => sum + value * (v[i] as number), 0);
  const spread = Math.sqrt(product(x, x) * product(y, y));
  return spread === 0 ? 0 : product(x, y) / spread;
}

function centredRanks(values: readonly number[]): number[] {
  const middle = (values.length - 1) / 2;
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal - 1) / 2 - middle;
  });
}
