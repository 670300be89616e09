import type { LumaPlane } from '../luma-plane.ts';

/** How the numbers are made: goes into every measurement. */
export const SITI_METHOD =
  'SI/TI of ITU-T P.910 (legacy: standard deviation of the Sobel magnitude without the border, and of the difference in time; luma as coded, as VQEG siti-tools --legacy)';

/**
 * Spatial information of a plane: the population's standard deviation of the length of the Sobel gradient; the outermost samples have none. NaN below 3×3.
 * @see ITU-T P.910 §7.7
 */
export function spatialInformation({ data, offset, stride, width, height }: LumaPlane): number {
  let [sum, squares] = [0, 0];
  for (let y = 1; y < height - 1; y++) {
    let at = offset + y * stride + 1;
    for (let x = 1; x < width - 1; x++, at++) {
      const [above, below] = [at - stride, at + stride];
      const [nw, n, ne] = [data[above - 1] as number, data[above] as number, data[above + 1] as number];
      const [sw, s, se] = [data[below - 1] as number, data[below] as number, data[below + 1] as number];
      const horizontal = ne + 2 * (data[at + 1] as number) + se - nw - 2 * (data[at - 1] as number) - sw;
      const vertical = sw + 2 * s + se - nw - 2 * n - ne;
      const square = horizontal * horizontal + vertical * vertical;
      sum += Math.sqrt(square);
      squares += square;
    }
  }
  const count = (width - 2) * (height - 2);
  return Math.sqrt(squares / count - (sum / count) ** 2);
}

/** Temporal information: the population's standard deviation of the difference of two planes of one size. @see ITU-T P.910 §7.8 */
export function temporalInformation(now: LumaPlane, before: LumaPlane): number {
  let [sum, squares] = [0, 0];
  for (let y = 0; y < now.height; y++) {
    let at = before.offset + y * before.stride;
    const start = now.offset + y * now.stride;
    for (let i = start; i < start + now.width; i++, at++) {
      const difference = (now.data[i] as number) - (before.data[at] as number);
      sum += difference;
      squares += difference * difference;
    }
  }
  const count = now.width * now.height;
  return Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
}
