import { FourierTransform } from './fourier-transform.ts';
import { MetricSeries } from './video/metric-series.ts';

const WINDOW = 1024;
/** Transforms a column at most: of a long sound a column is sampled, not summed. */
const MOST_A_COLUMN = 4;
/** What is painted: from silence to full scale. */
const RANGE_DB = { least: -110, most: -10 } as const;
const LEVEL_FLOOR_DB = -100;
/** Dark to bright in even steps of lightness (after matplotlib's inferno). */
const COLOURS = [
  [0, 0, 4],
  [40, 11, 84],
  [101, 21, 110],
  [159, 42, 99],
  [212, 72, 66],
  [245, 125, 21],
  [250, 193, 39],
  [252, 255, 164],
] as const;

const HANN = Float64Array.from({ length: WINDOW }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / WINDOW));

/** A sound's spectrum over time, of a number of columns that is given before: memory does not grow with the sound. */
export class Spectrogram {
  readonly columns: number;
  readonly rows = WINDOW / 4;
  /** RMS of each column in dBFS. */
  readonly levels = new MetricSeries();
  readonly #perColumn: number;
  readonly #powers: Float32Array;
  readonly #transform = new FourierTransform(WINDOW);
  readonly #window = new Float32Array(WINDOW);
  #filled = 0;
  #column = 0;
  #inColumn = 0;
  #energy = 0;
  #untilNext = 0;

  constructor(totalSamples: number, mostColumns: number) {
    this.#perColumn = Math.max(WINDOW / 4, Math.ceil(totalSamples / mostColumns));
    this.columns = Math.max(1, Math.ceil(totalSamples / this.#perColumn));
    this.#powers = new Float32Array(this.columns * this.rows);
  }

  push(samples: Float32Array): void {
    const hop = Math.max(WINDOW / 4, Math.ceil(this.#perColumn / MOST_A_COLUMN));
    for (const sample of samples) {
      // A ring: unrolled when it is looked at.
      this.#window[this.#filled++ % WINDOW] = sample;
      this.#energy += sample * sample;
      if (++this.#untilNext >= hop && this.#filled >= WINDOW) {
        this.#look();
        this.#untilNext = 0;
      }
      if (++this.#inColumn === this.#perColumn) this.#endColumn();
    }
  }

  /** Pixels, low frequencies at the bottom. */
  pixels(): Uint8ClampedArray {
    if (this.#inColumn > 0) this.#endColumn();
    const { columns, rows } = this;
    const pixels = new Uint8ClampedArray(columns * rows * 4);
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        const decibels = 10 * Math.log10((this.#powers[column * rows + (rows - 1 - row)] as number) + 1e-20);
        pixels.set(
          colourOf((decibels - RANGE_DB.least) / (RANGE_DB.most - RANGE_DB.least)),
          (row * columns + column) * 4,
        );
      }
    return pixels;
  }

  #endColumn(): void {
    this.levels.push(Math.max(LEVEL_FLOOR_DB, 10 * Math.log10(this.#energy / this.#inColumn + 1e-20)));
    [this.#energy, this.#inColumn] = [0, 0];
    this.#column++;
  }

  /** Two neighbouring lines of the spectrum are one row; of a column's windows the strongest counts. */
  #look(): void {
    const re = new Float64Array(WINDOW);
    const im = new Float64Array(WINDOW);
    const start = this.#filled % WINDOW;
    for (let n = 0; n < WINDOW; n++) re[n] = (this.#window[(start + n) % WINDOW] as number) * (HANN[n] as number);
    this.#transform.forward(re, im);
    const scale = (4 / WINDOW) ** 2 / 2;
    const column = Math.min(this.#column, this.columns - 1);
    for (let row = 0; row < this.rows; row++) {
      const [a, b] = [2 * row, 2 * row + 1].map((k) => (re[k] as number) ** 2 + (im[k] as number) ** 2) as [
        number,
        number,
      ];
      const at = column * this.rows + row;
      this.#powers[at] = Math.max(this.#powers[at] as number, (a + b) * scale);
    }
  }
}

function colourOf(share: number): [number, number, number, number] {
  const place = Math.max(0, Math.min(0.9999, share)) * (COLOURS.length - 1);
  const [from, to] = [COLOURS[Math.floor(place)], COLOURS[Math.floor(place) + 1]];
  const mix = (n: 0 | 1 | 2): number => (from?.[n] ?? 0) + ((to?.[n] ?? 0) - (from?.[n] ?? 0)) * (place % 1);
  return [mix(0), mix(1), mix(2), 255];
}
