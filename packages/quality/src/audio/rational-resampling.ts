/** Stop band at 60 dB, as Octave's resample(). */
const REJECTION_DB = 60;

/**
 * Sound at another rate by a Kaiser-windowed sinc in polyphase form, without delay: the filter of Octave's signal package, which published scores of STOI
 * are made with.
 */
export function resampledTo(samples: Float32Array, fromHz: number, toHz: number): Float64Array {
  if (fromHz === toHz) return Float64Array.from(samples);
  const shared = greatestDivisor(fromHz, toHz);
  const [up, down] = [toHz / shared, fromHz / shared];
  const kernel = kernelOf(up, down);
  const half = (kernel.length - 1) / 2;
  const out = new Float64Array(Math.ceil((samples.length * up) / down));
  for (let n = 0; n < out.length; n++) {
    // Output n stands at n·down of the raised grid, where input i stands at i·up.
    const centre = n * down;
    const first = Math.max(0, Math.ceil((centre - half) / up));
    const last = Math.min(samples.length - 1, Math.floor((centre + half) / up));
    let sum = 0;
    for (let i = first, tap = half + centre - first * up; i <= last; i++, tap -= up)
      sum += (samples[i] as number) * (kernel[tap] as number);
    out[n] = sum;
  }
  return out;
}

const kernels = new Map<string, Float64Array>();

function kernelOf(up: number, down: number): Float64Array {
  const key = `${up}/${down}`;
  let kernel = kernels.get(key);
  if (!kernel) {
    kernel = makeKernel(up, down);
    kernels.set(key, kernel);
  }
  return kernel;
}

function makeKernel(up: number, down: number): Float64Array {
  const cutOff = 1 / (2 * Math.max(up, down));
  const half = Math.ceil((REJECTION_DB - 8) / (28.714 * (cutOff / 10)));
  const beta = 0.1102 * (REJECTION_DB - 8.7);
  const kernel = Float64Array.from({ length: 2 * half + 1 }, (_, i) => {
    const t = i - half;
    const x = 2 * Math.PI * cutOff * t;
    return (t === 0 ? 1 : Math.sin(x) / x) * besselI0(beta * Math.sqrt(1 - (t / half) ** 2));
  });
  const sum = kernel.reduce((total, tap) => total + tap, 0);
  return kernel.map((tap) => (tap * up) / sum);
}

/** The modified Bessel function of the first kind and order 0, by its series. */
function besselI0(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
