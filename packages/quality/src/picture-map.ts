/** Where a line of a captured picture shows what a line of the reference shows: captured = scale · reference + offset, both of samples' middles. */
export interface AxisMap {
  readonly scale: number;
  readonly offset: number;
}

/** From the reference's samples to the captured ones. A mirrored picture's scale across is negative. */
export interface PictureMap {
  readonly across: AxisMap;
  readonly down: AxisMap;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** All of one over all of the other. */
export function fullMap(reference: Size, captured: Size): PictureMap {
  return { across: axisOf(reference.width, captured.width), down: axisOf(reference.height, captured.height) };
}

function axisOf(from: number, to: number): AxisMap {
  const scale = to / from;
  return { scale, offset: (scale - 1) / 2 };
}

/** How far two maps are apart at the farthest corner, in samples of the reference. */
export function distanceOf(a: PictureMap, b: PictureMap, { width, height }: Size): number {
  const apart = (one: AxisMap, other: AxisMap, at: number): number =>
    Math.abs((one.scale * at + one.offset - other.scale * at - other.offset) / other.scale);
  const ends = (one: AxisMap, other: AxisMap, length: number): number =>
    Math.max(apart(one, other, 0), apart(one, other, length - 1));
  return Math.max(ends(a.across, b.across, width), ends(a.down, b.down, height));
}

interface Taps {
  readonly first: Int32Array;
  readonly weights: Float32Array;
  readonly count: number;
}

/** Brings captured pictures of one size onto the reference's grid: bicubic (Catmull-Rom), stretched where it makes smaller. */
export class PictureWarp {
  readonly #luma: PlaneWarp;
  readonly #chroma: PlaneWarp;
  readonly #size: Size;
  readonly #from: Size;

  constructor(map: PictureMap, reference: Size, captured: Size) {
    const half = ({ width, height }: Size): Size => ({ width: (width + 1) >> 1, height: (height + 1) >> 1 });
    this.#size = reference;
    this.#from = captured;
    this.#luma = new PlaneWarp(map, reference, captured);
    this.#chroma = new PlaneWarp(halved(map), half(reference), half(captured));
  }

  /** Y, U and V; borders are repeated. */
  apply(data: Uint8Array): Uint8Array {
    const [luma, chroma] = [this.#luma, this.#chroma];
    const to = new Uint8Array(luma.samples + 2 * chroma.samples);
    const from = this.#from.width * this.#from.height;
    const plane = ((this.#from.width + 1) >> 1) * ((this.#from.height + 1) >> 1);
    luma.apply(data.subarray(0, from), to.subarray(0, luma.samples));
    for (const n of [0, 1])
      chroma.apply(
        data.subarray(from + n * plane, from + (n + 1) * plane),
        to.subarray(luma.samples + n * chroma.samples, luma.samples + (n + 1) * chroma.samples),
      );
    return to;
  }

  get size(): Size {
    return this.#size;
  }
}

/** Chroma samples lie in the middle of four of luma. */
function halved({ across, down }: PictureMap): PictureMap {
  const half = ({ scale, offset }: AxisMap): AxisMap => ({ scale, offset: (offset + 0.5 * scale - 0.5) / 2 });
  return { across: half(across), down: half(down) };
}

class PlaneWarp {
  readonly samples: number;
  readonly #across: Taps;
  readonly #down: Taps;
  readonly #to: Size;
  readonly #from: Size;
  readonly #rows: Float32Array;

  constructor({ across, down }: PictureMap, to: Size, from: Size) {
    this.samples = to.width * to.height;
    this.#to = to;
    this.#from = from;
    this.#across = tapsOf(across, to.width);
    this.#down = tapsOf(down, to.height);
    this.#rows = new Float32Array(to.width * from.height);
  }

  apply(from: Uint8Array, to: Uint8Array): void {
    const [{ width, height }, source] = [this.#to, this.#from];
    const rows = this.#rows;
    const { first, weights, count } = this.#across;
    for (let y = 0; y < source.height; y++)
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (let tap = 0; tap < count; tap++) {
          const at = Math.max(0, Math.min(source.width - 1, (first[x] as number) + tap));
          sum += (weights[x * count + tap] as number) * (from[y * source.width + at] as number);
        }
        rows[y * width + x] = sum;
      }
    for (let y = 0; y < height; y++) this.#row(y, to.subarray(y * width, (y + 1) * width));
  }

  #row(y: number, to: Uint8Array): void {
    const { first, weights, count } = this.#down;
    const { width } = this.#to;
    for (let x = 0; x < width; x++) {
      let sum = 0.5;
      for (let tap = 0; tap < count; tap++) {
        const at = Math.max(0, Math.min(this.#from.height - 1, (first[y] as number) + tap));
        sum += (weights[y * count + tap] as number) * (this.#rows[at * width + x] as number);
      }
      to[x] = Math.max(0, Math.min(255, Math.floor(sum)));
    }
  }
}

function tapsOf({ scale, offset }: AxisMap, length: number): Taps {
  const stretch = Math.max(1, Math.abs(scale));
  const count = Math.ceil(4 * stretch) + 1;
  const first = new Int32Array(length);
  const weights = new Float32Array(length * count);
  for (let n = 0; n < length; n++) {
    const centre = scale * n + offset;
    first[n] = Math.ceil(centre - 2 * stretch);
    const taps = Array.from({ length: count }, (_, tap) => cubic(((first[n] as number) + tap - centre) / stretch));
    const sum = taps.reduce((total, tap) => total + tap, 0);
    for (const [tap, weight] of taps.entries()) weights[n * count + tap] = weight / sum;
  }
  return { first, weights, count };
}

/** @see Keys 1981, Cubic convolution interpolation, a = −1/2 */
function cubic(x: number): number {
  const d = Math.abs(x);
  if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
  return d < 2 ? ((2.5 - 0.5 * d) * d - 4) * d + 2 : 0;
}
