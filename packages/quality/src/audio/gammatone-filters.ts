/** One band: four second-order sections with the same poles, a zero each, and the gain that makes the centre 0 dB. */
export interface GammatoneFilter {
  readonly centreHz: number;
  /** y[n] = x[n] + zero·x[n−1] − pole1·y[n−1] − pole2·y[n−2] in each section, with its own zero. */
  readonly zeros: readonly [number, number, number, number];
  readonly pole1: number;
  readonly pole2: number;
  /** On the output of the fourth. */
  readonly scale: number;
}

/** Equivalent rectangular bandwidth = frequency / EAR_Q + LEAST_BANDWIDTH_HZ. @see Glasberg and Moore 1990 */
const EAR_Q = 9.26449;
const LEAST_BANDWIDTH_HZ = 24.7;
/** A fourth-order gammatone's bandwidth against the ear's. */
const BANDWIDTH_RATIO = 1.019;

/** Filters from the lowest centre to the highest. @see Slaney 1993, Apple TR #35: An efficient implementation of the Patterson-Holdsworth filter bank */
export function gammatoneFilters(
  sampleRateHz: number,
  count: number,
  lowHz: number,
  highHz: number,
): GammatoneFilter[] {
  const top = Math.min(highHz, sampleRateHz / 2);
  const offset = EAR_Q * LEAST_BANDWIDTH_HZ;
  const step = Math.log((lowHz + offset) / (top + offset)) / count;
  return Array.from({ length: count }, (_, i) =>
    filterAt(Math.exp((count - i) * step) * (top + offset) - offset, sampleRateHz),
  );
}

function filterAt(centreHz: number, sampleRateHz: number): GammatoneFilter {
  const angle = (2 * Math.PI * centreHz) / sampleRateHz;
  const decay = Math.exp((-BANDWIDTH_RATIO * 2 * Math.PI * (centreHz / EAR_Q + LEAST_BANDWIDTH_HZ)) / sampleRateHz);
  const steep = Math.sqrt(3 + 2 ** 1.5);
  const flat = Math.sqrt(3 - 2 ** 1.5);
  const zeroOf = (slope: number): number => -decay * (Math.cos(angle) + slope * Math.sin(angle));
  const zeros = [zeroOf(steep), zeroOf(-steep), zeroOf(flat), zeroOf(-flat)] as const;
  const [pole1, pole2] = [-2 * decay * Math.cos(angle), decay * decay];
  const gain = zeros.reduce((product, zero) => product * sectionGain(zero, pole1, pole2, angle), 1);
  return { centreHz, zeros, pole1, pole2, scale: 1 / gain };
}

/** |1 + zero·z⁻¹| / |1 + pole1·z⁻¹ + pole2·z⁻²| at z = e^(j·angle). */
function sectionGain(zero: number, pole1: number, pole2: number, angle: number): number {
  const numerator = Math.hypot(1 + zero * Math.cos(angle), zero * Math.sin(angle));
  const denominator = Math.hypot(
    1 + pole1 * Math.cos(angle) + pole2 * Math.cos(2 * angle),
    pole1 * Math.sin(angle) + pole2 * Math.sin(2 * angle),
  );
  return numerator / denominator;
}
