import { existsSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { verdictSchema } from '@plugfest/model';
import { z } from 'zod';

export const rowOutcomeSchema = z.object({
  verdict: verdictSchema,
  runId: z.string(),
  /** Relative to the record's directory. */
  report: z.string(),
  seed: z.number().int(),
  durationMs: z.number(),
  reason: z.string().optional(),
  /** What was not as it must be. */
  failed: z.array(z.string()),
});
export type RowOutcome = z.infer<typeof rowOutcomeSchema>;

const recordSchema = z.object({
  version: z.literal(1),
  /** The file below the scenarios' root, without its suffix. */
  matrix: z.string(),
  file: z.string(),
  title: z.string(),
  strength: z.number().int(),
  seed: z.number().int(),
  startedAt: z.string(),
  heatMap: z.tuple([z.string(), z.string()]),
  tuples: z.number().int(),
  excluded: z.number().int(),
  /** Why there are rows without an outcome, once it has ended. */
  ended: z.enum(['going-on', 'all-rows', 'budget-used', 'interrupted']),
  rows: z.array(
    z.object({
      number: z.number().int(),
      values: z.record(z.string(), z.string()),
      outcome: rowOutcomeSchema.optional(),
    }),
  ),
});

/** A matrix as it runs: its rows, and what came of those that have run. Written after each row. */
export type MatrixRecord = z.infer<typeof recordSchema>;

const FILE = 'matrix.json';

/** The directory of a matrix that starts now. */
export function createRecordDirectory(reportsDir: string, matrix: string, startedAt: Date): string {
  const stamp = startedAt.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  const directory = join(reportsDir, `matrix-${matrix.replaceAll('/', '-')}-${stamp}`);
  mkdirSync(directory, { recursive: true });
  return directory;
}

/** Whole or not at all: what is killed while it writes leaves the record of before. */
export function writeRecord(directory: string, record: MatrixRecord): void {
  const draft = join(directory, `.${FILE}`);
  writeFileSync(draft, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(draft, join(directory, FILE));
}

/** A record on disk, with its directory. */
export interface StoredRecord {
  readonly directory: string;
  readonly record: MatrixRecord;
}

/** The records of a matrix, the latest first; what cannot be read is not there. */
export function recordsOf(reportsDir: string, matrix: string): StoredRecord[] {
  if (!existsSync(reportsDir)) return [];
  return globSync(`matrix-${matrix.replaceAll('/', '-')}-*/${FILE}`, { cwd: reportsDir })
    .flatMap((file) => {
      const directory = join(reportsDir, file, '..');
      const record = readRecord(join(reportsDir, file));
      return record?.matrix === matrix ? [{ directory, record }] : [];
    })
    .sort((a, b) => b.record.startedAt.localeCompare(a.record.startedAt));
}

function readRecord(path: string): MatrixRecord | undefined {
  try {
    return recordSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}
