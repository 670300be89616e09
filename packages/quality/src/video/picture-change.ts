import type { LumaPlane } from '../luma-plane.ts';

const BLOCK = 16;
/** Mean absolute difference of a block: above what an encoder still repairs in a picture that stands, below a blink. */
const STILL = 2;

export const SAME_PICTURE_METHOD = `a picture is the one before where no ${BLOCK}×${BLOCK} block of luma differs by ${STILL} or more in the mean`;

/** Whether two planes of one size show the same: moving lips are few samples of many, so that each block is looked at by itself. */
export function isSamePicture(a: LumaPlane, b: LumaPlane): boolean {
  for (let y = 0; y < a.height; y += BLOCK) {
    for (let x = 0; x < a.width; x += BLOCK) {
      if (blockDifference(a, b, x, y) >= STILL) return false;
    }
  }
  return true;
}

function blockDifference(a: LumaPlane, b: LumaPlane, left: number, top: number): number {
  const [right, bottom] = [Math.min(left + BLOCK, a.width), Math.min(top + BLOCK, a.height)];
  let sum = 0;
  for (let y = top; y < bottom; y++) {
    let atB = b.offset + y * b.stride + left;
    const start = a.offset + y * a.stride;
    for (let at = start + left; at < start + right; at++, atB++) {
      sum += Math.abs((a.data[at] as number) - (b.data[atB] as number));
    }
  }
  return sum / ((right - left) * (bottom - top));
}
