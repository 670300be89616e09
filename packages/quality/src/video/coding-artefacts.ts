import { medianOf } from '../distribution.ts';
import type { LumaStack } from './luma-stack.ts';

export const BLUR_METHOD =
  'blur effect (Crété et al. 2007: share of the steps between neighbours that a mean of nine leaves, the blurrier direction, 0 sharp to 1)';
export const BLOCKINESS_METHOD =
  'blockiness (median excess of the steps on the strongest grid of 4 to 24 samples over that between its lines, the blockier direction, 1: none)';

/** Periods of block edges that are looked for: 4 to 16 as coded, more where the picture was scaled up. */
const PERIODS = { least: 4, most: 24 } as const;
/** Steps that noise alone makes between neighbours: keeps the ratio of nothing to nothing at one. Luma a sample. */
const NOISE_STEP = 0.05;

/** Measures blur and blockiness of the planes of a stack. The room for it is taken when it is made. */
export class CodingArtefacts {
  readonly #stack: LumaStack;
  readonly #columns: number;
  readonly #rows: number;
  readonly #out: number;

  constructor(stack: LumaStack) {
    this.#stack = stack;
    this.#columns = stack.memory.allocate((stack.width + 16) * 4);
    this.#rows = stack.memory.allocate(stack.height * 4);
    this.#out = stack.memory.allocate(4 * 8);
  }

  /** 0 for the sharpest, towards 1 for the blurriest; NaN where nothing is to be seen, or below 18×18. */
  blur(plane: number): number {
    const { memory, width, height } = this.#stack;
    memory.kernels.sharpness(this.#stack.address(plane), width, height, this.#out);
    const [across, lostAcross, down, lostDown] = memory.doubles(this.#out, 4) as unknown as [
      number,
      number,
      number,
      number,
    ];
    const left = [1 - lostAcross / across, 1 - lostDown / down].filter((value) => !Number.isNaN(value));
    return left.length === 0 ? Number.NaN : Math.max(...left);
  }

  /** 1 where no grid is to be seen; more the higher its steps are. NaN where a picture has too few lines. */
  blockiness(plane: number): number {
    const { memory, width, height } = this.#stack;
    memory.counts(this.#columns, width + 16).fill(0);
    memory.kernels.stepProfiles(this.#stack.address(plane), width, height, this.#columns, this.#rows);
    const columns = memory.counts(this.#columns, width).subarray(2, width - 1);
    const rows = memory.counts(this.#rows, height).subarray(2, height - 1);
    return Math.max(gridStrength(columns, height * NOISE_STEP), gridStrength(rows, width * NOISE_STEP));
  }
}

/** By medians: a few real edges are not a grid. */
function gridStrength(profile: Uint32Array, noise: number): number {
  let strongest = profile.length < 4 * PERIODS.most ? Number.NaN : 1;
  for (let period = PERIODS.least; period <= PERIODS.most; period++) {
    if (profile.length < 4 * period) break;
    const medians = Array.from({ length: period }, (_, phase) => medianOf(everyOf(profile, period, phase)));
    const highest = medians.indexOf(Math.max(...medians));
    const between = medianOf(medians.filter((_, phase) => phase !== highest));
    strongest = Math.max(strongest, ((medians[highest] as number) + noise) / (between + noise));
  }
  return strongest;
}

function everyOf(values: Uint32Array, period: number, phase: number): Uint32Array {
  return values.filter((_, i) => i % period === phase);
}
