/*
 * Windowed moments of two planes of 32-bit floats (packed, room for 16 bytes behind the last row), and what MS-SSIM and VIF make of them. A window is
 * separable: `taps` floats (odd in number). Beyond the edge a plane is its own mirror; `repeats` tells whether the edge itself comes twice.
 */

/** Left of a row of moments there is room for half a window. */
const PAD: usize = 64;

/** Samples of a plane as floats, moved by `offset`. */
export function toFloat(plane: usize, samples: i32, offset: f32, into: usize): void {
  const by = f32x4.splat(offset);
  for (let at = 0; at < samples; at += 4) {
    const four = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(plane + at)));
    v128.store(into + at * 4, f32x4.add(f32x4.convert_i32x4_s(four), by));
  }
}

@inline
function mirrored(index: i32, size: i32, repeats: bool): i32 {
  if (index < 0) index = repeats ? -1 - index : -index;
  if (index >= size) index = repeats ? 2 * size - 1 - index : 2 * size - 2 - index;
  return min(max(index, 0), size - 1);
}

function padRow(row: usize, width: i32, radius: i32, repeats: bool): void {
  for (let i = 1; i <= radius; i++) {
    store<f32>(row - i * 4, load<f32>(row + mirrored(-i, width, repeats) * 4));
    store<f32>(row + (width - 1 + i) * 4, load<f32>(row + mirrored(width - 1 + i, width, repeats) * 4));
  }
}

@inline
function weighted(sum: v128, at: usize, tap: v128): v128 {
  return f32x4.add(sum, f32x4.mul(v128.load(at), tap));
}

/** Window around row `y` in the vertical: Σa, Σb, Σa², Σb², Σab, a row each, `rowBytes` apart. */
function verticalMoments(a: usize, b: usize, width: i32, height: i32, y: i32, taps: usize, count: i32, rows: usize, rowBytes: usize): void {
  const radius = count >> 1;
  for (let x = 0; x < width; x += 4) {
    let sa = f32x4.splat(0);
    let sb = f32x4.splat(0);
    let saa = f32x4.splat(0);
    let sbb = f32x4.splat(0);
    let sab = f32x4.splat(0);
    for (let k = 0; k < count; k++) {
      const at = (mirrored(y + k - radius, height, false) * width + x) * 4;
      const tap = v128.load32_splat(taps + k * 4);
      const va = v128.load(a + at);
      const vb = v128.load(b + at);
      const wa = f32x4.mul(va, tap);
      const wb = f32x4.mul(vb, tap);
      sa = f32x4.add(sa, wa);
      sb = f32x4.add(sb, wb);
      saa = f32x4.add(saa, f32x4.mul(wa, va));
      sbb = f32x4.add(sbb, f32x4.mul(wb, vb));
      sab = f32x4.add(sab, f32x4.mul(wa, vb));
    }
    const at = rows + x * 4;
    v128.store(at, sa);
    v128.store(at + rowBytes, sb);
    v128.store(at + 2 * rowBytes, saa);
    v128.store(at + 3 * rowBytes, sbb);
    v128.store(at + 4 * rowBytes, sab);
  }
}

/** The same across, for four windows from `at` on. */
let meanA = f32x4.splat(0);
let meanB = f32x4.splat(0);
let varianceA = f32x4.splat(0);
let varianceB = f32x4.splat(0);
let covariance = f32x4.splat(0);

@inline
function windowMoments(at: usize, rowBytes: usize, taps: usize, count: i32): void {
  let sa = f32x4.splat(0);
  let sb = f32x4.splat(0);
  let saa = f32x4.splat(0);
  let sbb = f32x4.splat(0);
  let sab = f32x4.splat(0);
  for (let k = 0; k < count; k++) {
    const tap = v128.load32_splat(taps + k * 4);
    const p = at + k * 4;
    sa = weighted(sa, p, tap);
    sb = weighted(sb, p + rowBytes, tap);
    saa = weighted(saa, p + 2 * rowBytes, tap);
    sbb = weighted(sbb, p + 3 * rowBytes, tap);
    sab = weighted(sab, p + 4 * rowBytes, tap);
  }
  const none = f32x4.splat(0);
  meanA = sa;
  meanB = sb;
  varianceA = f32x4.max(f32x4.sub(saa, f32x4.mul(sa, sa)), none);
  varianceB = f32x4.max(f32x4.sub(sbb, f32x4.mul(sb, sb)), none);
  covariance = f32x4.sub(sab, f32x4.mul(sa, sb));
}

/** All ones in the lanes below `left`. */
@inline
function lanesBelow(left: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(left));
}

@inline
function sumOf(v: v128): f64 {
  return (
    (f32x4.extract_lane(v, 0) as f64) +
    (f32x4.extract_lane(v, 1) as f64) +
    (f32x4.extract_lane(v, 2) as f64) +
    (f32x4.extract_lane(v, 3) as f64)
  );
}

/**
 * Means of SSIM's luminance, contrast and structure over the windows that lie inside, as three f64 at `out`. `rows`: scratch of 5 × `rowBytes`.
 * @see Wang, Simoncelli, Bovik 2003, Multiscale structural similarity for image quality assessment
 */
export function structure(a: usize, b: usize, width: i32, height: i32, taps: usize, count: i32, rows: usize, rowBytes: usize, out: usize): void {
  const radius = count >> 1;
  const columns = width - 2 * radius;
  const c1 = f32x4.splat(6.5025);
  const c2 = f32x4.splat(58.5225);
  const c3 = f32x4.splat(29.26125);
  const twice = f32x4.splat(2);
  let luminance: f64 = 0;
  let contrast: f64 = 0;
  let similarity: f64 = 0;
  for (let y = radius; y < height - radius; y++) {
    verticalMoments(a, b, width, height, y, taps, count, rows + PAD, rowBytes);
    let rowL = f32x4.splat(0);
    let rowC = f32x4.splat(0);
    let rowS = f32x4.splat(0);
    for (let x = 0; x < columns; x += 4) {
      windowMoments(rows + PAD + x * 4, rowBytes, taps, count);
      const deviations = f32x4.sqrt(f32x4.mul(varianceA, varianceB));
      const squares = f32x4.add(f32x4.mul(meanA, meanA), f32x4.mul(meanB, meanB));
      const product = f32x4.mul(f32x4.mul(meanA, meanB), twice);
      const inside = lanesBelow(columns - x);
      const l = f32x4.div(f32x4.add(product, c1), f32x4.add(squares, c1));
      const c = f32x4.div(
        f32x4.add(f32x4.mul(deviations, twice), c2),
        f32x4.add(f32x4.add(varianceA, varianceB), c2),
      );
      const s = f32x4.div(f32x4.add(covariance, c3), f32x4.add(deviations, c3));
      rowL = f32x4.add(rowL, v128.and(l, inside));
      rowC = f32x4.add(rowC, v128.and(c, inside));
      rowS = f32x4.add(rowS, v128.and(s, inside));
    }
    luminance += sumOf(rowL);
    contrast += sumOf(rowC);
    similarity += sumOf(rowS);
  }
  const windows = (columns as f64) * ((height - 2 * radius) as f64);
  store<f64>(out, luminance / windows);
  store<f64>(out + 8, contrast / windows);
  store<f64>(out + 16, similarity / windows);
}

/** log2 of four numbers ≥ 1: exponent, and 2·artanh((m − 1)/(m + 1)) of a mantissa brought between √½ and √2; off by less than 1e-6. */
@inline
function log2(v: v128): v128 {
  const bits = i32x4.sub(v, i32x4.splat(0x3f3504f3));
  const exponent = i32x4.shr_s(bits, 23);
  const mantissa = i32x4.sub(v, i32x4.shl(exponent, 23));
  const one = f32x4.splat(1);
  const t = f32x4.div(f32x4.sub(mantissa, one), f32x4.add(mantissa, one));
  const t2 = f32x4.mul(t, t);
  let series = f32x4.add(f32x4.splat(0.4121985831), f32x4.mul(t2, f32x4.splat(0.3205988980)));
  series = f32x4.add(f32x4.splat(0.5770780164), f32x4.mul(t2, series));
  series = f32x4.add(f32x4.splat(0.9617966939), f32x4.mul(t2, series));
  series = f32x4.add(f32x4.splat(2.8853900818), f32x4.mul(t2, series));
  return f32x4.add(f32x4.convert_i32x4_s(exponent), f32x4.mul(t, series));
}

/**
 * Numerator and denominator of VIF in the pixel domain at one scale, as two f64 at `out`. `rows`: scratch of 5 × `rowBytes`.
 * @see Sheikh, Bovik 2006, Image information and visual quality; libvmaf feature/vif_tools.c (noise 2, mirrored edges, no limit of gain)
 */
export function visualInformation(a: usize, b: usize, width: i32, height: i32, taps: usize, count: i32, rows: usize, rowBytes: usize, out: usize): void {
  const radius = count >> 1;
  const noise = f32x4.splat(2);
  const least = f32x4.splat(1e-10);
  const none = f32x4.splat(0);
  const one = f32x4.splat(1);
  const flat = f32x4.splat((4.0 / (255.0 * 255.0)) as f32);
  let numerator: f64 = 0;
  let denominator: f64 = 0;
  for (let y = 0; y < height; y++) {
    verticalMoments(a, b, width, height, y, taps, count, rows + PAD, rowBytes);
    for (let moment = 0; moment < 5; moment++) padRow(rows + PAD + (moment as usize) * rowBytes, width, radius, false);
    let rowNumerator = none;
    let rowDenominator = none;
    for (let x = 0; x < width; x += 4) {
      windowMoments(rows + PAD + (x - radius) * 4, rowBytes, taps, count);
      const isFlatA = f32x4.lt(varianceA, least);
      const isFlatB = f32x4.lt(varianceB, least);
      let gain = f32x4.div(covariance, f32x4.add(varianceA, least));
      let rest = f32x4.sub(varianceB, f32x4.mul(gain, covariance));
      const isLost = v128.or(isFlatA, f32x4.lt(gain, none));
      rest = v128.bitselect(varianceB, rest, isLost);
      rest = v128.andnot(rest, isFlatB);
      gain = v128.andnot(gain, v128.or(isLost, isFlatB));
      rest = f32x4.max(rest, least);
      const kept = f32x4.div(f32x4.mul(f32x4.mul(gain, gain), varianceA), f32x4.add(rest, noise));
      const isWeak = f32x4.lt(varianceA, noise);
      const weak = f32x4.sub(one, f32x4.mul(varianceB, flat));
      const inside = lanesBelow(width - x);
      const kept2 = v128.andnot(log2(f32x4.add(one, kept)), f32x4.lt(covariance, none));
      const sent = log2(f32x4.add(one, f32x4.div(varianceA, noise)));
      rowNumerator = f32x4.add(rowNumerator, v128.and(v128.bitselect(weak, kept2, isWeak), inside));
      rowDenominator = f32x4.add(rowDenominator, v128.and(v128.bitselect(one, sent, isWeak), inside));
    }
    numerator += sumOf(rowNumerator);
    denominator += sumOf(rowDenominator);
  }
  store<f64>(out, numerator);
  store<f64>(out + 8, denominator);
}

/** Low-pass, then every second sample of every second row: `intoWidth` × `intoHeight` of them. `rows`: scratch of one row. */
export function halve(plane: usize, width: i32, height: i32, taps: usize, count: i32, repeats: bool, rows: usize, into: usize, intoWidth: i32, intoHeight: i32): void {
  const radius = count >> 1;
  const row = rows + PAD;
  for (let y = 0; y < intoHeight; y++) {
    for (let x = 0; x < width; x += 4) {
      let sum = f32x4.splat(0);
      for (let k = 0; k < count; k++) {
        const at = mirrored(2 * y + k - radius, height, repeats) * width + x;
        sum = weighted(sum, plane + at * 4, v128.load32_splat(taps + k * 4));
      }
      v128.store(row + x * 4, sum);
    }
    padRow(row, width, radius, repeats);
    for (let x = 0; x < intoWidth; x++) {
      let sum: f32 = 0;
      for (let k = 0; k < count; k++) sum += load<f32>(taps + k * 4) * load<f32>(row + (2 * x + k - radius) * 4);
      store<f32>(into + (y * intoWidth + x) * 4, sum);
    }
  }
}
