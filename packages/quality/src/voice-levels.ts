import { NARROW_BAND } from './narrow-band.ts';
import { windowsOf } from './voice-search.ts';

/** A filter of this length a voice makes up for fractions of a sample and a codec's colour: ±1 ms. */
const HALF_TAPS = 8;
const TAPS = 2 * HALF_TAPS + 1;
/** Keeps the equations solvable where a voice is silent or hardly has a band: −40 dB of its power. */
const RIDGE = 1e-4;

/** A voice that was found: its known speech at 8 kHz, and where it stands in the mix in each window of `windowsOf`. */
export interface FoundVoice {
  readonly template: Float64Array;
  /** mix[n] sounds like template[n + lag]; one a window. */
  readonly lags: readonly number[];
}

export interface VoiceLevel {
  /** Energy of the voice's part of the mix over that of what was sent, in dB. */
  readonly levelDb: number;
  /** Half the 95 % interval that the unexplained rest leaves. */
  readonly marginDb: number;
  /** Of the mix without the other voices, the share that is this voice: root of explained over explained plus unexplained, 0..1. */
  readonly correlation: number;
}

/**
 * Splits a mix into its voices by least squares over all of them at once, so that who speaks at the same time does not count for another;
 * a short filter a voice and window.
 */
export function fitVoices(mix: Float64Array, voices: readonly FoundVoice[]): VoiceLevel[] {
  const explained = new Float64Array(voices.length);
  const sent = new Float64Array(voices.length);
  let [unexplained, fitted] = [0, 0];
  const heardMix = highPass(mix);
  const templates = voices.map(({ template }) => highPass(template));
  for (const [w, [start, end]] of windowsOf(mix.length).entries()) {
    const lags = voices.map(({ lags }) => Math.round(lags[w] as number));
    const fit = fitWindow(heardMix, templates, lags, start, end);
    unexplained += fit.residual;
    fitted += fit.fitted;
    for (let v = 0; v < voices.length; v++) {
      explained[v] = (explained[v] as number) + (fit.explained[v] as number);
      sent[v] = (sent[v] as number) + (fit.sent[v] as number);
    }
  }
  const coded = 1 + codingNoiseShare(unexplained / fitted);
  return voices.map((_, v) => ({
    levelDb: 10 * Math.log10((coded * (explained[v] as number)) / (sent[v] as number)),
    marginDb: 1.96 * DB_A_NEPER * Math.sqrt(Math.max(0, unexplained) / (explained[v] as number) / mix.length),
    correlation: Math.sqrt((explained[v] as number) / ((explained[v] as number) + Math.max(0, unexplained))),
  }));
}

/** Up to the first share of what was explained (−12 dB) the rest is what coding made of it; from the second on it is somebody else’s sound. */
const CODING_NOISE = { most: 1 / 16, none: 1 / 8 } as const;

/** A codec that codes a waveform by its looks (Opus) keeps a voice’s energy, but a part of it no longer follows what was sent. */
function codingNoiseShare(share: number): number {
  if (!(share > 0)) return 0;
  return Math.max(0, Math.min(share, CODING_NOISE.none - share, CODING_NOISE.most));
}

const DB_A_NEPER = 20 / Math.LN10;

interface WindowFit {
  readonly explained: Float64Array;
  readonly sent: Float64Array;
  readonly residual: number;
  readonly fitted: number;
}

function fitWindow(
  mix: Float64Array,
  templates: readonly Float64Array[],
  lags: readonly number[],
  start: number,
  end: number,
): WindowFit {
  const count = templates.length;
  // Column (v, k) is template v moved by k − HALF_TAPS; inner products depend, but for the window's edges, on the difference of moves only.
  const between = (a: number, b: number): Float64Array =>
    Float64Array.from({ length: 2 * TAPS - 1 }, (_, i) =>
      product(
        templates[a] as Float64Array,
        lags[a] as number,
        templates[b] as Float64Array,
        (lags[b] as number) + i - TAPS + 1,
        start,
        end,
      ),
    );
  const gram = Array.from({ length: count }, (_, a) => Array.from({ length: count - a }, (_, i) => between(a, a + i)));
  const inner = (a: number, j: number, b: number, k: number): number =>
    a <= b ? (gram[a]?.[b - a]?.[k - j + TAPS - 1] as number) : inner(b, k, a, j);
  const size = count * TAPS;
  const matrix = Array.from({ length: size }, (_, row) =>
    Float64Array.from({ length: size }, (_, column) => {
      const value = inner(Math.floor(row / TAPS), row % TAPS, Math.floor(column / TAPS), column % TAPS);
      return row === column ? value * (1 + RIDGE) + 1 : value;
    }),
  );
  const right = Float64Array.from({ length: size }, (_, row) => {
    const v = Math.floor(row / TAPS);
    return product(mix, 0, templates[v] as Float64Array, (lags[v] as number) + (row % TAPS) - HALF_TAPS, start, end);
  });
  const filters = solve(
    matrix.map((row) => row.slice()),
    right.slice(),
  );
  const explained = Float64Array.from({ length: count }, (_, v) => energyOfPart(v, filters, inner));
  let fitted = 0;
  for (let row = 0; row < size; row++) fitted += (filters[row] as number) * (right[row] as number);
  return {
    explained,
    sent: Float64Array.from({ length: count }, (_, v) => inner(v, 0, v, 0)),
    fitted,
    residual: product(mix, 0, mix, 0, start, end) - fitted,
  };
}

function energyOfPart(
  voice: number,
  filters: Float64Array,
  inner: (a: number, j: number, b: number, k: number) => number,
): number {
  let energy = 0;
  for (let j = 0; j < TAPS; j++) {
    for (let k = 0; k < TAPS; k++) {
      energy +=
        (filters[voice * TAPS + j] as number) * (filters[voice * TAPS + k] as number) * inner(voice, j, voice, k);
    }
  }
  return Math.max(0, energy);
}

/** Σ a[n + lagA]·b[n + lagB] over a window. */
function product(a: Float64Array, lagA: number, b: Float64Array, lagB: number, start: number, end: number): number {
  const from = Math.max(start, -lagA, -lagB);
  const to = Math.min(end, a.length - lagA, b.length - lagB);
  let sum = 0;
  for (let n = from; n < to; n++) sum += (a[n + lagA] as number) * (b[n + lagB] as number);
  return sum;
}

/** Solves a positive definite system by Cholesky's method, in place. */
function solve(matrix: Float64Array[], right: Float64Array): Float64Array {
  const size = right.length;
  for (let row = 0; row < size; row++) {
    const current = matrix[row] as Float64Array;
    for (let column = 0; column <= row; column++) {
      const other = matrix[column] as Float64Array;
      let sum = current[column] as number;
      for (let k = 0; k < column; k++) sum -= (current[k] as number) * (other[k] as number);
      current[column] = row === column ? Math.sqrt(Math.max(sum, 1e-9)) : sum / (other[column] as number);
    }
  }
  for (let row = 0; row < size; row++) {
    let sum = right[row] as number;
    for (let k = 0; k < row; k++) sum -= (matrix[row]?.[k] as number) * (right[k] as number);
    right[row] = sum / (matrix[row]?.[row] as number);
  }
  for (let row = size - 1; row >= 0; row--) {
    let sum = right[row] as number;
    for (let k = row + 1; k < size; k++) sum -= (matrix[k]?.[row] as number) * (right[k] as number);
    right[row] = sum / (matrix[row]?.[row] as number);
  }
  return right;
}

/** Takes out what is below the telephone band: a Butterworth high-pass of second order. */
function highPass(samples: Float64Array): Float64Array {
  const w = Math.tan((Math.PI * NARROW_BAND.lowHz) / NARROW_BAND.sampleRateHz);
  const norm = 1 / (1 + Math.SQRT2 * w + w * w);
  const [a1, a2] = [2 * (w * w - 1) * norm, (1 - Math.SQRT2 * w + w * w) * norm];
  const out = new Float64Array(samples.length);
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  for (let i = 0; i < samples.length; i++) {
    const x = samples[i] as number;
    const y = norm * (x - 2 * x1 + x2) - a1 * y1 - a2 * y2;
    [x2, x1, y2, y1] = [x1, x, y1, y];
    out[i] = y;
  }
  return out;
}
