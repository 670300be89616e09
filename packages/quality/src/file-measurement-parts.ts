import type { Measured } from '@plugfest/model';
import { bootstrapInterval, mean } from './video/block-bootstrap.ts';

type Values = Readonly<Record<string, Measured>>;
type Value = Exclude<Measured, { notMeasured: string }>;

/** Units of ratios of power on a logarithmic scale: their mean is that of the powers. */
const LEVELS: ReadonlySet<string> = new Set(['dBFS', 'LUFS', 'LKFS', 'dBTP']);
const isPeak = (name: string): boolean => /peak/i.test(name);
/** Fewer parts give no interval of their own: theirs are averaged. */
const LEAST_PARTS = 5;

/** One value of those of the parts of a long sound: the largest of peaks, the mean of all else, of levels by their power. */
export function poolParts(parts: readonly Values[]): Values {
  const [first] = parts;
  if (!first || parts.length === 1) return first ?? {};
  return Object.fromEntries(
    Object.keys(first).map((name) => [
      name,
      pool(
        name,
        parts.map((part) => part[name] as Measured),
      ),
    ]),
  );
}

function pool(name: string, parts: readonly Measured[]): Measured {
  const measured = parts.filter((part): part is Value => !('notMeasured' in part));
  const [first] = measured;
  if (!first) return parts[0] as Measured;
  const n = measured.reduce((sum, part) => sum + part.n, 0);
  const of = measured.length === parts.length ? `${parts.length}` : `${measured.length} of ${parts.length}`;
  const common = { unit: first.unit, n };
  if (isPeak(name)) {
    const value = Math.max(...measured.map((part) => part.value));
    return { value, ...common, low: value, high: value, method: `${first.method}; largest of ${of} parts` };
  }
  if (isCount(first, name)) {
    const total = (of: 'value' | 'low' | 'high'): number => measured.reduce((sum, part) => sum + part[of], 0);
    const [value, low, high] = [total('value'), total('low'), total('high')];
    return { value, ...common, low, high, method: `${first.method}; sum of ${of} parts` };
  }
  const isLevel = LEVELS.has(first.unit);
  const into = (x: number): number => (isLevel ? 10 ** (x / 10) : x);
  const back = (x: number): number => (isLevel ? 10 * Math.log10(x) : x);
  const average = (key: 'value' | 'low' | 'high'): number =>
    back(measured.reduce((sum, part) => sum + into(part[key]) * part.n, 0) / n);
  const value = average('value');
  const sampled = bootstrapInterval(
    Float64Array.from(measured, (part) => into(part.value)),
    mean,
  );
  const hasInterval = measured.length >= LEAST_PARTS;
  const [low, high] = hasInterval ? [back(sampled.low), back(sampled.high)] : [average('low'), average('high')];
  return {
    value,
    ...common,
    low: Math.min(value, low),
    high: Math.max(value, high),
    method: `${first.method}; mean${isLevel ? ' power' : ''} of ${of} parts of about 15 s`,
  };
}

/** Things that are counted, and time that they took. */
function isCount({ unit }: { unit: string }, name: string): boolean {
  return (
    (unit === '1' && /(count|dropouts|gaps|events)$/i.test(name)) || (unit === 'ms' && /(dropout|lost|gap)/i.test(name))
  );
}
