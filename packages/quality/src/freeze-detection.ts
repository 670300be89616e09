/** How `findFreezes` decides: goes into the report. */
export const FREEZE_METHOD =
  'gap between new pictures ≥ max(3 × average, average + 150 ms), average of the last 30 gaps, this one included';

/** @see W3C webrtc-stats freezeCount; libwebrtc video_quality_observer2.cc */
const AVERAGED_GAPS = 30;
const MIN_GAPS = 5;
const MIN_INCREASE_MS = 150;

export interface Freeze {
  readonly startUs: number;
  readonly durationMs: number;
}

/**
 * Freezes among the times at which a new picture was shown (ascending, µs). DIVERGES from libwebrtc, which starts to look after 5 gaps and
 * only when the next picture comes: here the average of the first gaps is `nominalGapMs`, and the times before the first and after the last
 * picture within `fromUs`..`toUs` count as gaps too, so that what never moves again is seen as frozen.
 * @see W3C webrtc-stats §totalFreezesDuration: the sum of the gaps' durations
 */
export function findFreezes(
  newPictureUs: readonly number[],
  { fromUs, toUs, nominalGapMs }: { fromUs: number; toUs: number; nominalGapMs: number },
): Freeze[] {
  const freezes: Freeze[] = [];
  const recent: number[] = [];
  const times = [fromUs, ...newPictureUs.filter((atUs) => atUs > fromUs && atUs < toUs), toUs];
  for (let i = 1; i < times.length; i++) {
    const startUs = times[i - 1] as number;
    const gapMs = ((times[i] as number) - startUs) / 1000;
    const isInside = i > 1 && i < times.length - 1;
    if (gapMs >= limitMs(recent, gapMs, nominalGapMs)) freezes.push({ startUs, durationMs: gapMs });
    // What happens at the window's edges is cut short and would lower the average.
    if (isInside) recent.push(gapMs);
    if (recent.length > AVERAGED_GAPS) recent.shift();
  }
  return freezes;
}

function limitMs(recent: readonly number[], gapMs: number, nominalGapMs: number): number {
  const gaps = [...recent.slice(-(AVERAGED_GAPS - 1)), gapMs];
  const average = gaps.length >= MIN_GAPS ? gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length : nominalGapMs;
  return Math.max(3 * average, average + MIN_INCREASE_MS);
}
