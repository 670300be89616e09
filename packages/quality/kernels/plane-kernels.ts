/*
 * Integer kernels over planes of 8 bits: SSIM and squared error, SI/TI, change, histogram. Planes are packed: row after row, `width` bytes each, with room for
 * 32 bytes behind the last.
 */

const C1: i32 = 416; // 0.01² · 255² · 64, rounded as FFmpeg does
const C2: i32 = 235963; // 0.03² · 255² · 64 · 63

/** Adds neighbouring lanes of two vectors: [l0 + l1, l2 + l3, h0 + h1, h2 + h3]. */
@inline
function pairs(low: v128, high: v128): v128 {
  return i32x4.add(i32x4.shuffle(low, high, 0, 2, 4, 6), i32x4.shuffle(low, high, 1, 3, 5, 7));
}

@inline
function sumI32(v: v128): i64 {
  return (
    (i32x4.extract_lane(v, 0) as i64) + i32x4.extract_lane(v, 1) + i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3)
  );
}

@inline
function sumF32(v: v128): f64 {
  return (
    (f32x4.extract_lane(v, 0) as f64) +
    (f32x4.extract_lane(v, 1) as f64) +
    (f32x4.extract_lane(v, 2) as f64) +
    (f32x4.extract_lane(v, 3) as f64)
  );
}

/**
 * Sums over a row of 4×4 blocks into four arrays of `stride` bytes, one after the other: Σa, Σb, Σ(a² + b²), Σab. Works in steps of four blocks: what it
 * writes behind the last whole block is not for use.
 */
function sumBlocks(a: usize, b: usize, width: i32, columns: i32, into: usize, stride: usize): void {
  for (let column = 0; column < columns; column += 4) {
    let s1 = i16x8.splat(0);
    let s2 = i16x8.splat(0);
    let ssLow = i32x4.splat(0);
    let ssHigh = i32x4.splat(0);
    let s12Low = i32x4.splat(0);
    let s12High = i32x4.splat(0);
    let pa = a + column * 4;
    let pb = b + column * 4;
    for (let line = 0; line < 4; line++) {
      const va = v128.load(pa);
      const vb = v128.load(pb);
      const aLow = i16x8.extend_low_i8x16_u(va);
      const aHigh = i16x8.extend_high_i8x16_u(va);
      const bLow = i16x8.extend_low_i8x16_u(vb);
      const bHigh = i16x8.extend_high_i8x16_u(vb);
      s1 = i16x8.add(s1, i16x8.extadd_pairwise_i8x16_u(va));
      s2 = i16x8.add(s2, i16x8.extadd_pairwise_i8x16_u(vb));
      ssLow = i32x4.add(ssLow, i32x4.add(i32x4.dot_i16x8_s(aLow, aLow), i32x4.dot_i16x8_s(bLow, bLow)));
      ssHigh = i32x4.add(ssHigh, i32x4.add(i32x4.dot_i16x8_s(aHigh, aHigh), i32x4.dot_i16x8_s(bHigh, bHigh)));
      s12Low = i32x4.add(s12Low, i32x4.dot_i16x8_s(aLow, bLow));
      s12High = i32x4.add(s12High, i32x4.dot_i16x8_s(aHigh, bHigh));
      pa += width;
      pb += width;
    }
    const at = into + column * 4;
    v128.store(at, i32x4.extadd_pairwise_i16x8_u(s1));
    v128.store(at + stride, i32x4.extadd_pairwise_i16x8_u(s2));
    v128.store(at + 2 * stride, pairs(ssLow, ssHigh));
    v128.store(at + 3 * stride, pairs(s12Low, s12High));
  }
}

/** Σ(a − b)² of a row of blocks: Σ(a² + b²) − 2Σab. */
function errorOfBlocks(sums: usize, columns: i32, stride: usize): i64 {
  let error: i64 = 0;
  let four = i64x2.splat(0);
  let column = 0;
  for (; column + 4 <= columns; column += 4) {
    const at = sums + column * 4;
    const each = i32x4.sub(v128.load(at + 2 * stride), i32x4.shl(v128.load(at + 3 * stride), 1));
    four = i64x2.add(four, i64x2.add(i64x2.extend_low_i32x4_s(each), i64x2.extend_high_i32x4_s(each)));
  }
  error = i64x2.extract_lane(four, 0) + i64x2.extract_lane(four, 1);
  for (; column < columns; column++) {
    const at = sums + column * 4;
    error += (load<i32>(at + 2 * stride) as i64) - 2 * (load<i32>(at + 3 * stride) as i64);
  }
  return error;
}

/** Four sums of 2×2 neighbouring blocks. */
@inline
function window(above: usize, below: usize): v128 {
  return i32x4.add(
    i32x4.add(v128.load(above), v128.load(above + 4)),
    i32x4.add(v128.load(below), v128.load(below + 4)),
  );
}

/** Sum of SSIM over the windows between two rows of blocks. */
function similarityOfRow(above: usize, below: usize, windows: i32, stride: usize): f64 {
  let four = f32x4.splat(0);
  let rest: f64 = 0;
  for (let at = 0; at < windows; at += 4) {
    const s1 = window(above + at * 4, below + at * 4);
    const s2 = window(above + stride + at * 4, below + stride + at * 4);
    const ss = window(above + 2 * stride + at * 4, below + 2 * stride + at * 4);
    const s12 = window(above + 3 * stride + at * 4, below + 3 * stride + at * 4);
    const squares = i32x4.add(i32x4.mul(s1, s1), i32x4.mul(s2, s2));
    const product = i32x4.mul(s1, s2);
    const variances = i32x4.sub(i32x4.shl(ss, 6), squares);
    const covariance = i32x4.sub(i32x4.shl(s12, 6), product);
    const c1 = i32x4.splat(C1);
    const c2 = i32x4.splat(C2);
    const numerator = f32x4.mul(
      f32x4.convert_i32x4_s(i32x4.add(i32x4.shl(product, 1), c1)),
      f32x4.convert_i32x4_s(i32x4.add(i32x4.shl(covariance, 1), c2)),
    );
    const denominator = f32x4.mul(
      f32x4.convert_i32x4_s(i32x4.add(squares, c1)),
      f32x4.convert_i32x4_s(i32x4.add(variances, c2)),
    );
    const each = f32x4.div(numerator, denominator);
    if (at + 4 <= windows) four = f32x4.add(four, each);
    else {
      rest += f32x4.extract_lane(each, 0) as f64;
      if (at + 1 < windows) rest += f32x4.extract_lane(each, 1) as f64;
      if (at + 2 < windows) rest += f32x4.extract_lane(each, 2) as f64;
    }
  }
  return sumF32(four) + rest;
}

/** Squared error of the samples that are in no whole block. */
function errorOfRest(a: usize, b: usize, width: i32, height: i32, columns: i32, rows: i32): i64 {
  let error: i64 = 0;
  for (let y = 0; y < height; y++) {
    for (let x = y < rows ? columns : 0; x < width; x++) {
      const difference = (load<u8>(a + y * width + x) as i32) - (load<u8>(b + y * width + x) as i32);
      error += difference * difference;
    }
  }
  return error;
}

/**
 * Squared error and SSIM (FFmpeg's) of two planes of at least 8×8 in one pass. Writes two f64 to `out`: Σ(a − b)² and the mean SSIM. `scratch`: room for
 * 8 rows of `width + 32` bytes.
 * @see Wang, Bovik, Sheikh, Simoncelli 2004; FFmpeg libavfilter/vf_ssim.c
 */
export function compare(a: usize, b: usize, width: i32, height: i32, scratch: usize, out: usize): void {
  const columns = width >> 2;
  const rows = height >> 2;
  const stride = ((columns + 7) & ~3) * 4;
  let above = scratch;
  let below = scratch + 4 * stride;
  sumBlocks(a, b, width, columns, above, stride);
  let error = errorOfBlocks(above, columns, stride);
  let similarity: f64 = 0;
  for (let row = 1; row < rows; row++) {
    const start = row * 4 * width;
    sumBlocks(a + start, b + start, width, columns, below, stride);
    error += errorOfBlocks(below, columns, stride);
    similarity += similarityOfRow(above, below, columns - 1, stride);
    const swap = above;
    above = below;
    below = swap;
  }
  error += errorOfRest(a, b, width, height, columns * 4, rows * 4);
  store<f64>(out, error as f64);
  store<f64>(out + 8, similarity / ((columns - 1) * (rows - 1) as f64));
}

@inline
function eight(at: usize): v128 {
  return v128.load8x8_u(at);
}

/** Σ√(h² + v²) and Σ(h² + v²) of the Sobel gradient inside the border, as two f64 at `out`. @see ITU-T P.910 §7.7 */
export function sobel(plane: usize, width: i32, height: i32, out: usize): void {
  let sum: f64 = 0;
  let squares: f64 = 0;
  for (let y = 1; y < height - 1; y++) {
    const row = plane + y * width;
    let rowSum = f32x4.splat(0);
    let rowSquares = i64x2.splat(0);
    let x = 1;
    for (; x + 8 <= width - 1; x += 8) {
      const at = row + x;
      const nw = eight(at - width - 1);
      const ne = eight(at - width + 1);
      const sw = eight(at + width - 1);
      const se = eight(at + width + 1);
      const falling = i16x8.sub(se, nw);
      const rising = i16x8.sub(ne, sw);
      const horizontal = i16x8.add(i16x8.add(falling, rising), i16x8.shl(i16x8.sub(eight(at + 1), eight(at - 1)), 1));
      const vertical = i16x8.add(
        i16x8.sub(falling, rising),
        i16x8.shl(i16x8.sub(eight(at + width), eight(at - width)), 1),
      );
      const low = i16x8.shuffle(horizontal, vertical, 0, 8, 1, 9, 2, 10, 3, 11);
      const high = i16x8.shuffle(horizontal, vertical, 4, 12, 5, 13, 6, 14, 7, 15);
      const lowSquare = i32x4.dot_i16x8_s(low, low);
      const highSquare = i32x4.dot_i16x8_s(high, high);
      rowSum = f32x4.add(
        rowSum,
        f32x4.add(f32x4.sqrt(f32x4.convert_i32x4_s(lowSquare)), f32x4.sqrt(f32x4.convert_i32x4_s(highSquare))),
      );
      const both = i32x4.add(lowSquare, highSquare);
      rowSquares = i64x2.add(rowSquares, i64x2.add(i64x2.extend_low_i32x4_s(both), i64x2.extend_high_i32x4_s(both)));
    }
    sum += sumF32(rowSum);
    squares += (i64x2.extract_lane(rowSquares, 0) + i64x2.extract_lane(rowSquares, 1)) as f64;
    for (; x < width - 1; x++) {
      const square = gradientSquare(row + x, width) as f64;
      sum += Math.sqrt(square);
      squares += square;
    }
  }
  store<f64>(out, sum);
  store<f64>(out + 8, squares);
}

@inline
function sample(at: usize): i32 {
  return load<u8>(at) as i32;
}

function gradientSquare(at: usize, width: i32): i32 {
  const falling = sample(at + width + 1) - sample(at - width - 1);
  const rising = sample(at - width + 1) - sample(at + width - 1);
  const horizontal = falling + rising + 2 * (sample(at + 1) - sample(at - 1));
  const vertical = falling - rising + 2 * (sample(at + width) - sample(at - width));
  return horizontal * horizontal + vertical * vertical;
}

/**
 * How two planes differ, as three f64 at `out`: Σ(a − b), Σ(a − b)², and the largest mean absolute difference of a 16×16 block (those at the right and lower
 * edge may be smaller).
 */
export function difference(a: usize, b: usize, width: i32, height: i32, out: usize): void {
  let sum: i64 = 0;
  let squares: i64 = 0;
  let largest: f64 = 0;
  for (let top = 0; top < height; top += 16) {
    const lines = min(16, height - top);
    for (let left = 0; left < width; left += 16) {
      const samples = min(16, width - left);
      const start = top * width + left;
      let absolute: i32 = 0;
      if (samples === 16) {
        let s = i32x4.splat(0);
        let q = i32x4.splat(0);
        let d = i16x8.splat(0);
        const ones = i16x8.splat(1);
        for (let line = 0; line < lines; line++) {
          const va = v128.load(a + start + line * width);
          const vb = v128.load(b + start + line * width);
          const low = i16x8.sub(i16x8.extend_low_i8x16_u(va), i16x8.extend_low_i8x16_u(vb));
          const high = i16x8.sub(i16x8.extend_high_i8x16_u(va), i16x8.extend_high_i8x16_u(vb));
          s = i32x4.add(s, i32x4.dot_i16x8_s(i16x8.add(low, high), ones));
          q = i32x4.add(q, i32x4.add(i32x4.dot_i16x8_s(low, low), i32x4.dot_i16x8_s(high, high)));
          const distance = v128.or(i8x16.sub_sat_u(va, vb), i8x16.sub_sat_u(vb, va));
          d = i16x8.add(d, i16x8.extadd_pairwise_i8x16_u(distance));
        }
        sum += sumI32(s);
        squares += sumI32(q);
        absolute = sumI32(i32x4.extadd_pairwise_i16x8_u(d)) as i32;
      } else {
        for (let line = 0; line < lines; line++) {
          for (let x = 0; x < samples; x++) {
            const each = sample(a + start + line * width + x) - sample(b + start + line * width + x);
            sum += each;
            squares += each * each;
            absolute += abs(each);
          }
        }
      }
      largest = max(largest, (absolute as f64) / ((lines * samples) as f64));
    }
  }
  store<f64>(out, sum as f64);
  store<f64>(out + 8, squares as f64);
  store<f64>(out + 16, largest);
}

/** Adds the samples of every `step`-th row to 256 counts of 32 bits. */
export function histogram(plane: usize, width: i32, height: i32, step: i32, counts: usize): void {
  for (let y = 0; y < height; y += step) {
    const row = plane + y * width;
    for (let x = 0; x < width; x++) {
      const at = counts + ((load<u8>(row + x) as usize) << 2);
      store<u32>(at, load<u32>(at) + 1);
    }
  }
}
