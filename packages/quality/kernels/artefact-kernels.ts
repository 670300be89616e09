/*
 * What coding does to a picture, seen without its original. Planes of 8 bits, packed, with room for 32 bytes behind the last row.
 */

@inline
function eight(at: usize): v128 {
  return v128.load8x8_u(at);
}

@inline
function total(v: v128): i64 {
  return (
    (i32x4.extract_lane(v, 0) as i64) + i32x4.extract_lane(v, 1) + i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3)
  );
}

/** Σ|step| and Σmax(0, |step| − |step of the mean of nine|) in one direction: `next` bytes to the neighbour. As two f64. */
function steps(plane: usize, width: i32, height: i32, next: i32, x0: i32, x1: i32, y0: i32, y1: i32, out: usize): void {
  let all: i64 = 0;
  let lost: i64 = 0;
  const none = i16x8.splat(0);
  const nine = i16x8.splat(9);
  for (let y = y0; y < y1; y++) {
    let rowAll = i32x4.splat(0);
    let rowLost = i32x4.splat(0);
    // A last group of fewer than eight is left out.
    for (let x = x0; x + 8 <= x1; x += 8) {
      const at = plane + y * width + x;
      const step = i16x8.abs(i16x8.sub(eight(at), eight(at - next)));
      const blurred = i16x8.abs(i16x8.sub(eight(at + 4 * next), eight(at - 5 * next)));
      const drop = i16x8.max_s(i16x8.sub(i16x8.mul(step, nine), blurred), none);
      rowAll = i32x4.add(rowAll, i32x4.extadd_pairwise_i16x8_s(step));
      rowLost = i32x4.add(rowLost, i32x4.extadd_pairwise_i16x8_s(drop));
    }
    all += total(rowAll);
    lost += total(rowLost);
  }
  store<f64>(out, all as f64);
  store<f64>(out + 8, (lost as f64) / 9);
}

/** Four f64 at `out`: the two sums of `steps` across, and down. @see Crété, Dolmiere, Ladret, Nicolas 2007, The blur effect */
export function sharpness(plane: usize, width: i32, height: i32, out: usize): void {
  steps(plane, width, height, 1, 5, width - 5, 0, height, out);
  steps(plane, width, height, width, 0, width, 5, height - 5, out + 16);
}

@inline
function distance(a: v128, b: v128): v128 {
  return v128.or(i8x16.sub_sat_u(a, b), i8x16.sub_sat_u(b, a));
}

/** By how much a step is larger than the mean of the steps beside it. */
@inline
function excess(before: v128, from: v128, to: v128, after: v128): v128 {
  return i8x16.sub_sat_u(distance(to, from), i8x16.avgr_u(distance(from, before), distance(after, to)));
}

@inline
function addTo(at: usize, four: v128): void {
  v128.store(at, i32x4.add(v128.load(at), four));
}

/** Adds the excess of the steps into each column to `columns`, and of those into each row to `rows` (32 bits each). Room for 16 more columns. */
export function stepProfiles(plane: usize, width: i32, height: i32, columns: usize, rows: usize): void {
  for (let y = 0; y < height; y++) {
    const row = plane + y * width;
    for (let x = 2; x < width - 1; x += 16) {
      const at = row + x;
      const e = excess(v128.load(at - 2), v128.load(at - 1), v128.load(at), v128.load(at + 1));
      const low = i16x8.extend_low_i8x16_u(e);
      const high = i16x8.extend_high_i8x16_u(e);
      const into = columns + x * 4;
      addTo(into, i32x4.extend_low_i16x8_u(low));
      addTo(into + 16, i32x4.extend_high_i16x8_u(low));
      addTo(into + 32, i32x4.extend_low_i16x8_u(high));
      addTo(into + 48, i32x4.extend_high_i16x8_u(high));
    }
    if (y < 2 || y >= height - 1) continue;
    let four = i32x4.splat(0);
    for (let x = 0; x + 16 <= width; x += 16) {
      const at = row + x;
      const e = excess(v128.load(at - 2 * width), v128.load(at - width), v128.load(at), v128.load(at + width));
      four = i32x4.add(four, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(e)));
    }
    store<u32>(rows + y * 4, total(four) as u32);
  }
}
