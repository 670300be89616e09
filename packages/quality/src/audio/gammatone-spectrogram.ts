import { type GammatoneFilter, gammatoneFilters } from './gammatone-filters.ts';

const WINDOW_SECONDS = 0.08;
const HOP_RATIO = 0.25;
const BANDS = 21;
const LOW_HZ = 50;
const HIGH_HZ = 8000;
/** Quieter than this, absolutely or against the frame's loudest cell in either sound, is not heard. */
const FLOOR_DB = -45;
const FLOOR_BELOW_PEAK_DB = 45;

/** Cells of one band after the other in each frame: `cells[frame · bands + band]`. */
export interface Spectrogram {
  readonly bands: number;
  readonly frames: number;
  readonly cells: Float64Array;
}

/** RMS of each gammatone band's output in Hann windows of 80 ms every 20 ms, the filters at rest before each. */
export class GammatoneAnalysis {
  readonly windowLength: number;
  readonly hop: number;
  readonly #window: Float64Array;
  readonly #filters: readonly GammatoneFilter[];
  readonly #input: Float64Array;

  constructor(sampleRateHz: number) {
    this.windowLength = Math.round(sampleRateHz * WINDOW_SECONDS);
    this.hop = Math.trunc(this.windowLength * HOP_RATIO);
    this.#input = new Float64Array(this.windowLength);
    this.#window = Float64Array.from(
      { length: this.windowLength },
      (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (this.windowLength - 1)),
    );
    this.#filters = gammatoneFilters(sampleRateHz, BANDS, LOW_HZ, HIGH_HZ);
  }

  /** Undefined where the sound is no longer than one window. */
  spectrogram(samples: Float64Array): Spectrogram | undefined {
    if (samples.length <= this.windowLength) return undefined;
    const frames = 1 + Math.floor((samples.length - this.windowLength) / this.hop);
    const cells = new Float64Array(frames * BANDS);
    for (let frame = 0; frame < frames; frame++) this.#analyse(samples, frame * this.hop, cells, frame * BANDS);
    return { bands: BANDS, frames, cells };
  }

  #analyse(samples: Float64Array, start: number, cells: Float64Array, at: number): void {
    const input = this.#input;
    for (let i = 0; i < input.length; i++) input[i] = (samples[start + i] as number) * (this.#window[i] as number);
    for (let band = 0; band < BANDS; band++) cells[at + band] = bandRms(input, this.#filters[band] as GammatoneFilter);
  }
}

/**
 * All four sections in one pass, so that the processor can work on them at once; in direct form II with the newest product last, which keeps the
 * chain of dependent operations shortest.
 */
function bandRms(input: Float64Array, { zeros, pole1, pole2, scale }: GammatoneFilter): number {
  const [zero1, zero2, zero3, zero4] = zeros;
  let energy = 0;
  let a1 = 0;
  let a2 = 0;
  let b1 = 0;
  let b2 = 0;
  let c1 = 0;
  let c2 = 0;
  let d1 = 0;
  let d2 = 0;
  for (let i = 0; i < input.length; i++) {
    const a = (input[i] as number) - pole2 * a2 - pole1 * a1;
    const b = a + zero1 * a1 - pole2 * b2 - pole1 * b1;
    a2 = a1;
    a1 = a;
    const c = b + zero2 * b1 - pole2 * c2 - pole1 * c1;
    b2 = b1;
    b1 = b;
    const d = c + zero3 * c1 - pole2 * d2 - pole1 * d1;
    c2 = c1;
    c1 = c;
    const y = d + zero4 * d1;
    d2 = d1;
    d1 = d;
    energy += y * y;
  }
  return scale * Math.sqrt(energy / input.length);
}

/** Both in dB over a common floor, in place of the RMS; what is too quiet to hear is raised to it. */
export function raiseToAudible(reference: Spectrogram, degraded: Spectrogram): void {
  toDecibels(reference.cells);
  toDecibels(degraded.cells);
  const { bands } = reference;
  for (let frame = 0; frame < Math.min(reference.frames, degraded.frames); frame++) {
    let peak = Number.NEGATIVE_INFINITY;
    for (let i = frame * bands; i < (frame + 1) * bands; i++) {
      peak = Math.max(peak, reference.cells[i] as number, degraded.cells[i] as number);
    }
    for (const { cells } of [reference, degraded]) {
      for (let i = frame * bands; i < (frame + 1) * bands; i++) {
        cells[i] = Math.max(cells[i] as number, peak - FLOOR_BELOW_PEAK_DB);
      }
    }
  }
  const floor = Math.min(leastOf(reference.cells), leastOf(degraded.cells));
  for (const { cells } of [reference, degraded]) {
    for (let i = 0; i < cells.length; i++) cells[i] = (cells[i] as number) - floor;
  }
}

/** Ten times the logarithm of the RMS, not of its square: the scale that the mapping was fitted to. */
function toDecibels(cells: Float64Array): void {
  for (let i = 0; i < cells.length; i++) {
    cells[i] = Math.max(FLOOR_DB, 10 * Math.log10((cells[i] as number) || Number.EPSILON));
  }
}

function leastOf(cells: Float64Array): number {
  let least = Number.POSITIVE_INFINITY;
  for (const cell of cells) least = Math.min(least, cell);
  return least;
}
