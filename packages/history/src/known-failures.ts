import { err, ok, type Result } from '@plugfest/model';
import { z } from 'zod';
import type { CellValues } from './attempt.ts';

const DAY = /^\d{4}-\d{2}-\d{2}$/;

const knownFailureSchema = z.strictObject({
  /** The values that a cell must have to be meant: all axes, or some of them for all cells that share these. */
  cell: z.record(z.string(), z.string()).refine((cell) => Object.keys(cell).length > 0, 'names no axis'),
  owner: z.string().min(1),
  reason: z.string().min(1),
  /** The last day on which it is excused. */
  expires: z.string().regex(DAY, 'is not a day such as 2026-12-31').refine(isDay, 'is no day of the calendar'),
  /** Sometimes passes: only then may it pass without failing the gate. */
  flaky: z.boolean().default(false),
});

const fileSchema = z.strictObject({
  /** What deltas are held against: a run's id; each cell's latest judged run before where absent. */
  baseline: z.string().optional(),
  known: z.array(knownFailureSchema),
});

/** A failure that somebody has looked at, owns, and will mend until a day. */
export type KnownFailure = z.infer<typeof knownFailureSchema>;
/** The reviewed file beside a matrix: `<name>.known.json`. */
export type KnownFailures = z.infer<typeof fileSchema>;

export const NOTHING_KNOWN: KnownFailures = { known: [] };

/** Reads the reviewed file. The error says what is wrong, and where. */
export function parseKnownFailures(text: string): Result<KnownFailures, string> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    return err(`is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const file = fileSchema.safeParse(document);
  if (file.success) return ok(file.data);
  return err(file.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`).join('; '));
}

function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** The entry that means this cell; the one with most values where there are several. */
export function knownFailureOf(cell: CellValues, known: readonly KnownFailure[]): KnownFailure | undefined {
  return known
    .filter((entry) => Object.entries(entry.cell).every(([axis, value]) => cell[axis] === value))
    .sort((a, b) => Object.keys(b.cell).length - Object.keys(a.cell).length)[0];
}

/** After its last day; both as UTC. */
export function isExpired({ expires }: KnownFailure, at: string): boolean {
  return at.slice(0, 10) > expires;
}
