/*
 * What XPSNR needs of each block: squared error, spatial and temporal activity. Planes of 8 bits, packed.
 * @see Helmrich et al. 2020, XPSNR: A low-complexity extension of the perceptually weighted peak signal-to-noise ratio; FFmpeg libavfilter/vf_xpsnr.c
 */

@inline
function eight(at: usize): v128 {
  return v128.load8x8_u(at);
}

@inline
function sample(at: usize): i32 {
  return load<u8>(at) as i32;
}

@inline
function total(v: v128): i64 {
  return (
    (i32x4.extract_lane(v, 0) as i64) + i32x4.extract_lane(v, 1) + i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3)
  );
}

function squaredError(a: usize, b: usize, stride: i32, width: i32, height: i32): i64 {
  let sum: i64 = 0;
  let four = i32x4.splat(0);
  for (let y = 0; y < height; y++) {
    const pa = a + y * stride;
    const pb = b + y * stride;
    let x = 0;
    for (; x + 8 <= width; x += 8) {
      const d = i16x8.sub(eight(pa + x), eight(pb + x));
      four = i32x4.add(four, i32x4.dot_i16x8_s(d, d));
    }
    for (; x < width; x++) {
      const d = sample(pa + x) - sample(pb + x);
      sum += d * d;
    }
  }
  return sum + total(four);
}

/** Σ|high-pass| with the 3×3 kernel [-1 -2 -1; -2 12 -2; -1 -2 -1], over x0…x1, y0…y1 of the block. */
function spatialActivity(at: usize, stride: i32, x0: i32, y0: i32, x1: i32, y1: i32): i64 {
  let sum: i64 = 0;
  let four = i32x4.splat(0);
  for (let y = y0; y < y1; y++) {
    const row = at + y * stride;
    let x = x0;
    for (; x + 8 <= x1; x += 8) {
      const p = row + x;
      const cross = i16x8.add(i16x8.add(eight(p - 1), eight(p + 1)), i16x8.add(eight(p - stride), eight(p + stride)));
      const corners = i16x8.add(
        i16x8.add(eight(p - stride - 1), eight(p - stride + 1)),
        i16x8.add(eight(p + stride - 1), eight(p + stride + 1)),
      );
      const centre = i16x8.mul(eight(p), i16x8.splat(12));
      const f = i16x8.sub(centre, i16x8.add(i16x8.shl(cross, 1), corners));
      four = i32x4.add(four, i32x4.extadd_pairwise_i16x8_s(i16x8.abs(f)));
    }
    for (; x < x1; x++) {
      const p = row + x;
      const cross = sample(p - 1) + sample(p + 1) + sample(p - stride) + sample(p + stride);
      const corners =
        sample(p - stride - 1) + sample(p - stride + 1) + sample(p + stride - 1) + sample(p + stride + 1);
      sum += abs(12 * sample(p) - 2 * cross - corners);
    }
  }
  return sum + total(four);
}

/** Two neighbours in a row. */
@inline
function two(at: usize): i32 {
  return sample(at) + sample(at + 1);
}

/** The same for pictures above HD, of every second sample in both directions: a 6×6 kernel without its corners. */
function coarseSpatialActivity(at: usize, stride: i32, x0: i32, y0: i32, x1: i32, y1: i32): i64 {
  let sum: i64 = 0;
  for (let y = y0; y < y1; y += 2) {
    for (let x = x0; x < x1; x += 2) {
      const p = at + y * stride + x;
      const top = p - 2 * stride;
      const up = p - stride;
      const down = p + stride;
      const low = p + 2 * stride;
      const lower = p + 3 * stride;
      const inner = two(p) + two(down);
      const beside = two(up) + two(low) + sample(p - 1) + sample(p + 2) + sample(down - 1) + sample(down + 2);
      const diagonal = sample(up - 1) + sample(up + 2) + sample(low - 1) + sample(low + 2);
      const rim =
        two(top - 1) + two(top + 1) + two(lower - 1) + two(lower + 1) +
        sample(up - 2) + sample(p - 2) + sample(down - 2) + sample(low - 2) +
        sample(up + 3) + sample(p + 3) + sample(down + 3) + sample(low + 3);
      sum += abs(12 * inner - 3 * beside - 2 * diagonal - rim);
    }
  }
  return sum;
}

/** Σ|now − before|, or with `second` Σ|now − 2·before + earlier|. */
function temporalActivity(now: usize, before: usize, earlier: usize, stride: i32, width: i32, height: i32, second: bool): i64 {
  let sum: i64 = 0;
  let four = i32x4.splat(0);
  for (let y = 0; y < height; y++) {
    const row = y * stride;
    let x = 0;
    for (; x + 8 <= width; x += 8) {
      const d = i16x8.sub(eight(now + row + x), eight(before + row + x));
      const t = second ? i16x8.sub(d, i16x8.sub(eight(before + row + x), eight(earlier + row + x))) : d;
      four = i32x4.add(four, i32x4.extadd_pairwise_i16x8_s(i16x8.abs(t)));
    }
    for (; x < width; x++) {
      const at = row + x;
      const d = sample(now + at) - sample(before + at);
      sum += abs(second ? d - sample(before + at) + sample(earlier + at) : d);
    }
  }
  return sum + total(four);
}

/** The same of 2×2 sums, for pictures above HD. */
function coarseTemporalActivity(now: usize, before: usize, earlier: usize, stride: i32, width: i32, height: i32, second: bool): i64 {
  let sum: i64 = 0;
  for (let y = 0; y < height; y += 2) {
    for (let x = 0; x < width; x += 2) {
      const at = y * stride + x;
      const b = two(before + at) + two(before + at + stride);
      const d = two(now + at) + two(now + at + stride) - b;
      sum += abs(second ? d - b + two(earlier + at) + two(earlier + at + stride) : d);
    }
  }
  return sum;
}

/**
 * For each block of `size`, row by row, two f64 at `out`: its squared error, and its activity before the limit (NaN where it is too small to have one).
 * `coarse`: the picture is above HD. `second`: 32 pictures a second or more.
 */
export function weighBlocks(
  reference: usize, captured: usize, before: usize, earlier: usize,
  width: i32, height: i32, size: i32, coarse: bool, second: bool, out: usize,
): void {
  const border = coarse ? 2 : 1;
  for (let top = 0; top < height; top += size) {
    const blockHeight = min(size, height - top);
    const y0 = top > 0 ? 0 : border;
    const y1 = top + blockHeight < height ? blockHeight : blockHeight - border;
    for (let left = 0; left < width; left += size) {
      const blockWidth = min(size, width - left);
      const x0 = left > 0 ? 0 : border;
      const x1 = left + blockWidth < width ? blockWidth : blockWidth - border;
      const start = top * width + left;
      store<f64>(out, squaredError(reference + start, captured + start, width, blockWidth, blockHeight) as f64);
      let activity: f64 = NaN;
      if (x1 > x0 && y1 > y0) {
        const at = reference + start;
        const spatial = coarse
          ? x1 > 12 ? coarseSpatialActivity(at, width, x0, y0, x1, y1) : 0
          : spatialActivity(at, width, x0, y0, x1, y1);
        const temporal = coarse
          ? coarseTemporalActivity(at, before + start, earlier + start, width, blockWidth, blockHeight, second)
          : temporalActivity(at, before + start, earlier + start, width, blockWidth, blockHeight, second);
        activity =
          (spatial as f64) / (((x1 - x0) as f64) * ((y1 - y0) as f64)) +
          (2.0 * (temporal as f64)) / ((blockWidth as f64) * (blockHeight as f64));
      }
      store<f64>(out + 8, activity);
      out += 16;
    }
  }
}
