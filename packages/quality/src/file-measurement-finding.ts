/** `error`: nothing can be measured. `fault`: what was measured is damaged or incomplete. `warning`: numbers mean less than they seem to. `note`: how it was done. */
export type FindingLevel = 'error' | 'fault' | 'warning' | 'note';

/** Something about a file that its numbers alone would hide. */
export interface FileFinding {
  readonly level: FindingLevel;
  /** Stable, e.g. `file-cut-short`. */
  readonly code: string;
  readonly file: FileRole | 'both';
  readonly text: string;
}

export type FileRole = 'capture' | 'reference';

/** How long from the start, for reading: `1 h 02 min`, `12.34 s`. */
export function lengthText(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 120) return `${Number(seconds.toFixed(2))} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
