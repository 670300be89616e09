/** A second-order section: b0, b1, b2, a1, a2 (a0 = 1). */
type Section = readonly [number, number, number, number, number];

/**
 * The analogue prototypes behind the coefficients that the recommendation gives for 48 kHz, so that any rate has the same response.
 * @see ITU-R BS.1770-4 annex 1, tables 1 and 2
 */
const SHELF = { hz: 1681.974450955533, gainDb: 3.999843853973347, quality: 0.7071752369554196 } as const;
const HIGH_PASS = { hz: 38.13547087602444, quality: 0.5003270373238773 } as const;
const SHELF_BEND = 0.4996667741545416;

function shelf(sampleRateHz: number): Section {
  const k = Math.tan((Math.PI * SHELF.hz) / sampleRateHz);
  const high = 10 ** (SHELF.gainDb / 20);
  const bend = high ** SHELF_BEND;
  const a0 = 1 + k / SHELF.quality + k * k;
  return [
    (high + (bend * k) / SHELF.quality + k * k) / a0,
    (2 * (k * k - high)) / a0,
    (high - (bend * k) / SHELF.quality + k * k) / a0,
    (2 * (k * k - 1)) / a0,
    (1 - k / SHELF.quality + k * k) / a0,
  ];
}

function highPass(sampleRateHz: number): Section {
  const k = Math.tan((Math.PI * HIGH_PASS.hz) / sampleRateHz);
  const a0 = 1 + k / HIGH_PASS.quality + k * k;
  return [1, -2, 1, (2 * (k * k - 1)) / a0, (1 - k / HIGH_PASS.quality + k * k) / a0];
}

/** The K-weighting filter: what a head does to sound, then a high pass. `onSample` gets each weighted sample. */
export function weighted(samples: Float32Array, sampleRateHz: number, onSample: (sample: number) => void): void {
  const [p0, p1, p2, q1, q2] = shelf(sampleRateHz);
  const [, , , r1, r2] = highPass(sampleRateHz);
  let [s1, s2, t1, t2] = [0, 0, 0, 0];
  for (let i = 0; i < samples.length; i++) {
    const x = samples[i] as number;
    const y = p0 * x + s1;
    s1 = p1 * x - q1 * y + s2;
    s2 = p2 * x - q2 * y;
    const z = y + t1;
    t1 = -2 * y - r1 * z + t2;
    t2 = y - r2 * z;
    onSample(z);
  }
}
