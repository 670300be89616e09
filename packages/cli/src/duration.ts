import { BadUse } from './bad-use.ts';

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };

/** `10s`, `5m`, `1.5h`, `250ms`; a bare number is seconds. @throws BadUse */
export function parseDurationMs(option: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|min|h)?$/.exec(text.trim());
  const unitMs = UNITS_MS[match?.[2] ?? 's'];
  if (!match || unitMs === undefined) throw new BadUse(`${option}: “${text}” is not a duration, e.g. 30s, 10m or 2h`);
  return Number(match[1]) * unitMs;
}
