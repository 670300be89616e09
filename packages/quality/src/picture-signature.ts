import type { Rect, VideoFrame } from '@plugfest/model';
import { lumaOf } from './luma-plane.ts';

const COLUMNS = 12;
const ROWS = 8;
const CELLS = COLUMNS * ROWS;
/** Every so many samples of a cell are looked at, either way. */
const STEP = 3;
const FIRST_CAPACITY = 256;

/** Mean luma of 12×8 cells of each picture: enough to tell pictures of different times apart, little enough to remember an hour of them. */
export class PictureSignatures {
  #cells = new Uint8Array(FIRST_CAPACITY * CELLS);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** `rect`: what of it counts; default all. */
  push(picture: VideoFrame, rect?: Rect): void {
    if ((this.#length + 1) * CELLS > this.#cells.length) {
      const larger = new Uint8Array(this.#cells.length * 2);
      larger.set(this.#cells);
      this.#cells = larger;
    }
    const { data, offset, stride, width, height } = lumaOf(picture, rect);
    let at = this.#length++ * CELLS;
    for (let row = 0; row < ROWS; row++)
      for (let column = 0; column < COLUMNS; column++) {
        const [left, right] = [column, column + 1].map((n) => Math.floor((n * width) / COLUMNS)) as [number, number];
        const [top, bottom] = [row, row + 1].map((n) => Math.floor((n * height) / ROWS)) as [number, number];
        let [sum, count] = [0, 0];
        for (let y = top; y < bottom; y += STEP)
          for (let x = left; x < right; x += STEP, count++) sum += data[offset + y * stride + x] as number;
        this.#cells[at++] = count === 0 ? 0 : Math.round(sum / count);
      }
  }

  /** Those of the same pictures, left for right. */
  mirrored(): PictureSignatures {
    const mirrored = new PictureSignatures();
    mirrored.#length = this.#length;
    mirrored.#cells = this.#cells.map((_, i) => {
      const column = i % COLUMNS;
      return this.#cells[i - column + (COLUMNS - 1 - column)] as number;
    });
    return mirrored;
  }

  /** Mean absolute difference of two pictures' cells, 0..255. */
  distance(own: number, other: PictureSignatures, others: number): number {
    const [a, b] = [own * CELLS, others * CELLS];
    let sum = 0;
    for (let i = 0; i < CELLS; i++) sum += Math.abs((this.#cells[a + i] as number) - (other.#cells[b + i] as number));
    return sum / CELLS;
  }
}
