import type { NamedRow } from '@plugfest/covering';
import { combinationsOf } from '@plugfest/history';

/** How long rows took before: by all their values, and by each single value. */
export class DurationHistory {
  readonly #samplesMs = new Map<string, number[]>();
  readonly #defaultMs: number;

  /** @param defaultMs where nothing like it ever ran */
  constructor(defaultMs: number) {
    this.#defaultMs = defaultMs;
  }

  /** Rows that were added. */
  get samples(): number {
    return this.#samplesMs.get('')?.length ?? 0;
  }

  add(row: NamedRow, durationMs: number): void {
    for (const key of [keyOf(row), ...valuesOf(row), '']) {
      const samples = this.#samplesMs.get(key) ?? [];
      samples.push(durationMs);
      this.#samplesMs.set(key, samples);
    }
  }

  /** The row's own median; else the slowest of its values' medians; else of all rows. */
  estimateMs(row: NamedRow): number {
    const own = this.#median(keyOf(row));
    if (own !== undefined) return own;
    const parts = valuesOf(row).flatMap((value) => this.#median(value) ?? []);
    if (parts.length > 0) return Math.max(...parts);
    return this.#median('') ?? this.#defaultMs;
  }

  #median(key: string): number | undefined {
    const sorted = this.#samplesMs.get(key)?.toSorted((a, b) => a - b);
    return sorted?.[Math.floor(sorted.length / 2)];
  }
}

/** The row to run next: most combinations that no row has had, for its estimated time, among those that fit. */
export function nextRow(
  rows: readonly NamedRow[],
  had: ReadonlySet<string>,
  strength: number,
  history: DurationHistory,
  leftMs: number,
): number | undefined {
  let best: { index: number; worth: number } | undefined;
  rows.forEach((row, index) => {
    const durationMs = Math.max(1, history.estimateMs(row));
    if (durationMs > leftMs) return;
    const gain = combinationsOf(row, strength).filter((combination) => !had.has(combination)).length;
    const worth = gain / durationMs;
    if (best === undefined || worth > best.worth) best = { index, worth };
  });
  return best?.index;
}

function valuesOf(row: NamedRow): string[] {
  return Object.entries(row).map(([name, value]) => `${name}=${value}`);
}

function keyOf(row: NamedRow): string {
  return valuesOf(row).join('\n');
}
