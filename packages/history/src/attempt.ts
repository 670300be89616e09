import { verdictSchema } from '@plugfest/model';
import { z } from 'zod';

const textsSchema = z.record(z.string(), z.string());

/** A cell by its values: the same values are the same cell in every run, whatever the row's number. */
export type CellValues = Readonly<Record<string, string>>;

/** The name of a cell: `callee=lync, codec=H264`, by the axes' names. */
export function cellKey(values: CellValues): string {
  return Object.entries(values)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([axis, value]) => `${axis}=${value}`)
    .join(', ');
}

/** One number that a cell was measured by. */
export const qualitySchema = z.object({ value: z.number(), unit: z.string() });
export type Quality = z.infer<typeof qualitySchema>;

/** One time that a cell ran. Every one is kept: none takes another's place. */
export const attemptSchema = z.object({
  type: z.literal('attempt'),
  values: textsSchema,
  /** From 1 on, in this run of the matrix. */
  attempt: z.number().int().min(1),
  verdict: verdictSchema,
  reason: z.string().optional(),
  /** What was not as it must be. */
  failed: z.array(z.string()),
  startedAt: z.string(),
  durationMs: z.number(),
  /** Processor time of the harness and of all that it started and waited for; absent where the system does not say. */
  cpuMs: z.number().optional(),
  /** What the evidence takes on disk. */
  evidenceBytes: z.number().optional(),
  seed: z.number().int(),
  /** Where the cell's own report is, relative to the directory of the matrix run. */
  report: z.string(),
  /** What took part: tools, clients, the system. */
  versions: textsSchema,
  /** What was run: sources by their digests. */
  digests: textsSchema,
  /** How it was run: seed, networks, sabotage. */
  params: textsSchema,
  /** The worst of each kind that any participant had, e.g. `ssimY`. */
  quality: z.record(z.string(), qualitySchema).default({}),
  /** What works though no manifest declares it. */
  findings: z.array(z.string()).default([]),
  /** Who ran it, where there are several machines. */
  worker: z.string().optional(),
});
export type Attempt = z.infer<typeof attemptSchema>;

/** The head of a matrix run. */
export const runHeadSchema = z.object({
  type: z.literal('run'),
  version: z.literal(1),
  /** Unique, and sorts by time. */
  id: z.string(),
  matrix: z.string(),
  title: z.string(),
  startedAt: z.string(),
  strength: z.number().int(),
  /** The two axes that the heat map shows. */
  heatMap: z.tuple([z.string(), z.string()]),
  tuples: z.number().int(),
  excluded: z.number().int(),
  /** Where the directory of the matrix run is, relative to the reports. */
  directory: z.string(),
  /** The matrix file, as an absolute path. */
  file: z.string(),
  seed: z.number().int(),
  /** All rows of this run, also those that had no turn; numbered as in the whole plan. */
  rows: z.array(z.object({ number: z.number().int(), values: textsSchema })),
  /** How many the whole plan has: of a shard, of single rows and of what a change affects there are fewer. */
  planRows: z.number().int(),
  /** Of the whole plan, so that shards of the same one are known by it. */
  planDigest: z.string(),
  /** Which part of the plan this is; absent: all of it. */
  shard: z.object({ index: z.number().int().min(1), count: z.number().int().min(1) }).optional(),
  /** How often each row runs. */
  repeats: z.number().int().min(1).default(1),
  /** Names of shards that are missing: such a run is incomplete. */
  missingShards: z.array(z.string()).default([]),
});
export type RunHead = z.infer<typeof runHeadSchema>;

/** Why a run has ended; one that goes on again, or was killed, has none after its last attempt. */
export const runEndSchema = z.object({
  type: z.literal('end'),
  why: z.enum(['all-rows', 'budget-used', 'interrupted']),
  at: z.string(),
});
export type RunEnd = z.infer<typeof runEndSchema>;

/** A run of a matrix: what was planned, and every attempt in its order. */
export interface MatrixRun {
  readonly head: RunHead;
  readonly attempts: readonly Attempt[];
  /** Absent while it goes on, and where it was killed. */
  readonly end?: RunEnd;
}
