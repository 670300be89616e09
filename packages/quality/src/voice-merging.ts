import type { Measured, VoiceMeasurement } from '@plugfest/model';

type Numbers = Exclude<Measured, { notMeasured: string }>;

/** One measurement out of those of consecutive parts: heard in any is heard; parts in which it was not say nothing of level and delay. */
export function mergeVoices(parts: readonly VoiceMeasurement[]): VoiceMeasurement {
  const [first] = parts;
  if (!first) throw new RangeError('no part of the sound was measured');
  if (parts.length === 1) return first;
  const heard = parts.filter((part) => part.heard);
  const base = heard.length > 0 ? heard : parts;
  const prominences = base.map(({ prominence }) => prominence).filter((prominence) => prominence !== undefined);
  return {
    participant: first.participant,
    heard: heard.length > 0,
    levelDb: merged(
      base.map(({ levelDb }) => levelDb),
      { to: (db) => 10 ** (db / 10), from: (power) => 10 * Math.log10(power) },
    ),
    audioDelayMs: merged(
      base.map(({ audioDelayMs }) => audioDelayMs),
      { to: (ms) => ms, from: (ms) => ms },
      true,
    ),
    correlation: base.reduce((sum, { correlation }) => sum + correlation, 0) / base.length,
    ...(prominences.length > 0 ? { prominence: Math.max(...prominences) } : {}),
  };
}

/** The mean over all windows, on a scale of its own; `isRange`: the interval holds every part's, else it is their mean. */
function merged(
  values: readonly Measured[],
  scale: { to: (value: number) => number; from: (value: number) => number },
  isRange = false,
): Measured {
  const known = values.filter((value): value is Numbers => 'value' in value);
  const [first] = known;
  if (!first) return values[0] as Measured;
  const n = known.reduce((sum, value) => sum + value.n, 0);
  const mean = (pick: (value: Numbers) => number): number =>
    scale.from(known.reduce((sum, value) => sum + value.n * scale.to(pick(value)), 0) / n);
  return {
    ...first,
    value: mean(({ value }) => value),
    n,
    low: isRange ? Math.min(...known.map(({ low }) => low)) : mean(({ low }) => low),
    high: isRange ? Math.max(...known.map(({ high }) => high)) : mean(({ high }) => high),
  };
}
