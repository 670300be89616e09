/** `1.24 s`, `350 ms`. */
export function duration(ms: number): string {
  return ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${Math.round(ms)} ms`;
}

/** Seconds since the run's first event: `3.214`. */
export function since(atUs: number, originUs: number): string {
  return ((atUs - originUs) / 1e6).toFixed(3);
}

export function size(bytes: number): string {
  if (bytes >= 2 ** 20) return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return bytes >= 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${bytes} B`;
}

/** A colour of its own for each participant, by number; told apart on light and dark. */
export const PARTICIPANT_COLOURS = [
  '#3b82f6',
  '#f59e0b',
  '#10b981',
  '#ef4444',
  '#8b5cf6',
  '#ec4899',
  '#14b8a6',
  '#84cc16',
];

type Said = { value: number; unit: string } | { p50: number; unit: string } | { notMeasured: string } | undefined;

/** A measured value as a person reads it; `–` with the reason as title where there is none. */
export function said(measured: Said, digits = 1): { text: string; why: string } {
  if (!measured) return { text: '–', why: 'not measured' };
  if ('notMeasured' in measured) return { text: '–', why: `not measured: ${measured.notMeasured}` };
  const value = 'value' in measured ? measured.value : measured.p50;
  return { text: `${Number(value.toFixed(digits))} ${measured.unit}`.trim(), why: '' };
}
