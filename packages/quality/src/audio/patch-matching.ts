import type { Spectrogram } from './gammatone-spectrogram.ts';
import { NeurogramComparison, type Patch, patchOf } from './neurogram-similarity.ts';

/** How far from its place a patch is looked for, in patches each way. */
const SEARCH_RADIUS = 60;

/** Where a reference patch was found in the degraded sound. */
export interface PatchMatch {
  readonly referenceFrame: number;
  /** Undefined where it was lost: no place for it is better than none. */
  readonly degradedFrame: number | undefined;
  readonly similarity: number;
}

/** One reference patch's row of the table: the best sum of similarities up to it, for each place of it in the degraded sound. */
interface Row {
  readonly from: number;
  readonly sums: Float64Array;
  /** The place of the patch before; the same place where this patch is taken as lost. */
  readonly before: Int32Array;
  readonly similarities: Float32Array;
}

/** The places of all patches, in order, that make the sum of similarities largest. */
export function matchPatches(
  reference: Spectrogram,
  degraded: Spectrogram,
  starts: readonly number[],
  frames: number,
): PatchMatch[] {
  const scored = scorable(starts, degraded.frames, frames);
  if (scored.length === 0) return [];
  const comparison = new NeurogramComparison(frames, reference.bands);
  const places = new Map<number, Patch>();
  const rows: Row[] = [];
  for (const start of scored) {
    const patch = patchOf(reference, start, frames);
    const from = Math.max(0, start - SEARCH_RADIUS * frames);
    const to = Math.min(degraded.frames - 1, start + SEARCH_RADIUS * frames);
    for (const place of places.keys()) if (place < from) places.delete(place);
    const similarities = new Float32Array(Math.max(0, to - from + 1));
    for (let place = from; place <= to; place++) {
      const candidate = places.get(place) ?? patchOf(degraded, place, frames);
      places.set(place, candidate);
      similarities[place - from] = comparison.similarity(patch, candidate);
    }
    rows.push(rowOf(from, similarities, rows.at(-1)));
  }
  return traceBack(rows, scored, (start, place) =>
    comparison.similarity(patchOf(reference, start, frames), patchOf(degraded, place, frames)),
  );
}

/** The last patch may begin half a patch after the end of the degraded sound. */
function scorable(starts: readonly number[], degradedFrames: number, frames: number): readonly number[] {
  return starts.filter((start) => start - frames / 2 <= degradedFrames);
}

function rowOf(from: number, similarities: Float32Array, previous: Row | undefined): Row {
  const sums = Float64Array.from(similarities);
  const before = new Int32Array(sums.length).fill(-1);
  if (!previous) return { from, sums, before, similarities };
  let [best, bestAt, next] = [Number.NEGATIVE_INFINITY, -1, previous.from];
  for (let i = 0; i < sums.length; i++) {
    const place = from + i;
    for (; next < place; next++) {
      const sum = sumAt(previous, next);
      if (sum >= best) [best, bestAt] = [sum, next];
    }
    const found = (sums[i] as number) + best;
    const lost = sumAt(previous, place);
    sums[i] = Math.max(found, lost);
    before[i] = lost > found ? place : bestAt;
  }
  return { from, sums, before, similarities };
}

/** Places that were not looked at count as 0. */
function sumAt({ from, sums }: Row, place: number): number {
  return sums[place - from] ?? 0;
}

function traceBack(
  rows: readonly Row[],
  starts: readonly number[],
  similarityOf: (start: number, place: number) => number,
): PatchMatch[] {
  const last = rows.at(-1) as Row;
  let place = last.from;
  for (let i = 0; i < last.sums.length; i++) {
    if ((last.sums[i] as number) > sumAt(last, place)) place = last.from + i;
  }
  const matches: PatchMatch[] = [];
  for (let index = rows.length - 1; index >= 0; index--) {
    const { before, from } = rows[index] as Row;
    const referenceFrame = starts[index] as number;
    const previous = before[place - from] ?? 0;
    matches.unshift(
      previous === place
        ? { referenceFrame, degradedFrame: undefined, similarity: 0 }
        : { referenceFrame, degradedFrame: place, similarity: similarityOf(referenceFrame, place) },
    );
    place = previous;
  }
  return matches;
}
