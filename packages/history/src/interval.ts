/** So many of so many, with the 95 % interval of the ratio behind it. */
export interface Ratio {
  readonly passed: number;
  readonly of: number;
  /** Ratios from 0 to 1. */
  readonly low: number;
  readonly high: number;
}

/** Two-sided 95 % of the normal distribution. */
const Z = 1.959963984540054;

/**
 * Wilson's score interval: holds also for few attempts, and for none or all of them passed.
 * @see E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927)
 */
export function wilson(passed: number, of: number): Ratio {
  if (of === 0) return { passed, of, low: 0, high: 1 };
  const ratio = passed / of;
  const centre = (ratio + Z ** 2 / (2 * of)) / (1 + Z ** 2 / of);
  const half = (Z / (1 + Z ** 2 / of)) * Math.sqrt((ratio * (1 - ratio)) / of + Z ** 2 / (4 * of ** 2));
  return {
    passed,
    of,
    low: passed === 0 ? 0 : Math.max(0, centre - half),
    high: passed === of ? 1 : Math.min(1, centre + half),
  };
}

/** `2/3 (21–94 %)` */
export function ratioInWords({ passed, of, low, high }: Ratio): string {
  return `${passed}/${of} (${Math.round(low * 100)}–${Math.round(high * 100)} %)`;
}
