import { createHash, randomUUID } from 'node:crypto';
import type { CellResult, CellSpec, CellState, LateResult, Loss, Outcome } from './cell.ts';
import { Queue } from './queue.ts';
import { NOW_MS, SCHEMA, SCHEMA_LOCK } from './schema.ts';
import type { Sql } from './sql.ts';
import { SqlTransaction, type WorkerRow, workerOf } from './sql-transaction.ts';
import type { RunSpec, RunStatus, Storage, StorageTransaction, WorkerStatus } from './storage.ts';
import { StoreFault } from './store-fault.ts';

/** Cells that go to the database in one statement. */
const BATCH = 500;
const MOST_CONFLICTS = 5;

/** The store in SQL. */
export class SqlStorage implements Storage {
  readonly #sql: Sql;
  readonly #queue: Queue;

  private constructor(sql: Sql, queue: Queue) {
    this.#sql = sql;
    this.#queue = queue;
  }

  /** Takes the connection over: it is closed with the storage, and where this throws. */
  static async open(sql: Sql): Promise<SqlStorage> {
    try {
      await sql.transaction(async (session) => {
        await session.query(`SELECT pg_advisory_xact_lock($1)`, [SCHEMA_LOCK]);
        await session.query(SCHEMA);
      });
      return new SqlStorage(sql, await Queue.open(sql));
    } catch (fault) {
      await closeQuietly(sql);
      throw fault;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue.close();
    await this.#sql[Symbol.asyncDispose]();
  }

  async transaction<T>(work: (transaction: StorageTransaction) => Promise<T>): Promise<T> {
    for (let conflicts = 0; ; conflicts++) {
      try {
        return await this.#sql.transaction(async (session) => await work(new SqlTransaction(session, this.#queue)));
      } catch (fault) {
        // The database chose one of two that waited for each other: it is to try again.
        if (fault instanceof StoreFault && fault.code === 'conflict' && conflicts < MOST_CONFLICTS) continue;
        throw fault;
      }
    }
  }

  async addRun({ id, title, detail }: RunSpec): Promise<void> {
    await this.#sql.query(
      `INSERT INTO lab.run (id, title, detail, created_ms, attended_ms) VALUES ($1, $2, $3::json, ${NOW_MS}, ${NOW_MS})
       ON CONFLICT (id) DO UPDATE SET attended_ms = excluded.attended_ms`,
      [id, title, JSON.stringify(detail ?? null)],
    );
  }

  async addCells(run: string, cells: readonly CellSpec[]): Promise<void> {
    const byQueue = Map.groupBy(cells, (cell) => queueOf(run, cell));
    for (const [queue, ofQueue] of byQueue) {
      const [{ needs, setup }] = ofQueue as [CellSpec];
      await this.#queue.create({ queue });
      await this.#sql.query(
        `INSERT INTO lab.class (queue, run, needs, setup) VALUES ($1, $2, $3::json, $4) ON CONFLICT DO NOTHING`,
        [queue, run, JSON.stringify([...needs].sort()), setup],
      );
      for (let from = 0; from < ofQueue.length; from += BATCH)
        await this.#addBatch(run, queue, ofQueue.slice(from, from + BATCH));
    }
  }

  async #addBatch(run: string, queue: string, cells: readonly CellSpec[]): Promise<void> {
    await this.#sql.transaction(async (session) => {
      const rows = cells.map((cell) => ({ ...cell, id: randomUUID() }));
      const added = await session.query<{ id: string }>(
        `INSERT INTO lab.cell (id, run, key, queue, payload)
         SELECT (row->>'id')::uuid, $2, row->>'key', $3, row->'payload' FROM json_array_elements($1::json) row
         ON CONFLICT (run, key) DO NOTHING RETURNING id`,
        [JSON.stringify(rows.map(({ id, key, payload }) => ({ id, key, payload: payload ?? null }))), run, queue],
      );
      const isNew = new Set(added.map(({ id }) => id));
      const fresh = rows.filter(({ id }) => isNew.has(id));
      if (fresh.length > 0) await this.#queue.add(session, queue, fresh);
    });
  }

  async runs(run?: string): Promise<RunStatus[]> {
    const rows = await this.#sql.query<RunRow>(
      `SELECT run.id, run.title, run.detail, run.created_ms,
        (SELECT json_object_agg(phase, n) FROM (SELECT phase, count(*) n FROM lab.cell WHERE cell.run = run.id GROUP BY phase) c) phases,
        (SELECT json_object_agg(verdict, n) FROM (SELECT verdict, count(*) n FROM lab.result WHERE result.run = run.id GROUP BY verdict) r) verdicts,
        (SELECT coalesce(sum(json_array_length(losses)), 0)::integer FROM lab.cell WHERE cell.run = run.id) losses,
        (SELECT count(*)::integer FROM lab.late_result WHERE late_result.run = run.id) late
      FROM lab.run run WHERE $1::text IS NULL OR run.id = $1 ORDER BY run.created_ms DESC, run.id DESC LIMIT 50`,
      [run ?? null],
    );
    return rows.map(({ id, title, detail, created_ms, phases, verdicts, losses, late }) => ({
      id,
      title,
      detail,
      createdAtMs: created_ms,
      waiting: phases?.waiting ?? 0,
      leased: phases?.leased ?? 0,
      withdrawn: phases?.withdrawn ?? 0,
      verdicts: verdicts ?? {},
      losses,
      lateResults: late,
    }));
  }

  async results(run: string, sinceMs = 0): Promise<CellResult[]> {
    const rows = await this.#sql.query<ResultRow>(
      `SELECT ${RESULT} FROM lab.result WHERE run = $1 AND settled_ms >= $2 ORDER BY key`,
      [run, sinceMs],
    );
    return rows.map(resultOf);
  }

  async history(key: string): Promise<CellResult[]> {
    const text = `SELECT ${RESULT} FROM lab.result WHERE key = $1 ORDER BY settled_ms DESC`;
    return (await this.#sql.query<ResultRow>(text, [key])).map(resultOf);
  }

  async lateResults(run: string): Promise<LateResult[]> {
    const text = `SELECT * FROM lab.late_result WHERE run = $1 ORDER BY at_ms`;
    const rows = await this.#sql.query<Omit<LateResult, 'atMs'> & { at_ms: number }>(text, [run]);
    return rows.map(({ at_ms, ...late }) => ({ ...late, atMs: at_ms }));
  }

  async workers(): Promise<WorkerStatus[]> {
    const rows = await this.#sql.query<WorkerRow>(`SELECT * FROM lab.worker ORDER BY name`);
    return rows.map(workerOf);
  }

  async endRun(run: string): Promise<void> {
    const queues = await this.#sql.query<{ queue: string }>(`SELECT queue FROM lab.class WHERE run = $1`, [run]);
    for (const { queue } of queues) await this.#queue.remove(queue);
    await this.#sql.query(`UPDATE lab.run SET ended = true WHERE id = $1`, [run]);
    // The embedded one has nobody who cleans up behind it.
    if (this.#sql.engine === 'pglite') await this.#sql.query('VACUUM');
  }
}

async function closeQuietly(sql: Sql): Promise<void> {
  try {
    await sql[Symbol.asyncDispose]();
  } catch {
    // The first fault is the one to tell.
  }
}

/** A name that pg-boss takes, the same for the same class. */
function queueOf(run: string, { needs, setup }: CellSpec): string {
  const digest = createHash('sha256').update(JSON.stringify([run, [...needs].sort(), setup]));
  return `cells-${digest.digest('hex').slice(0, 24)}`;
}

const RESULT = 'run, key, worker, token, outcome, losses, settled_ms';

interface RunRow {
  readonly id: string;
  readonly title: string;
  readonly detail: unknown;
  readonly created_ms: number;
  readonly phases: Partial<Record<CellState['phase'], number>> | null;
  readonly verdicts: Record<string, number> | null;
  readonly losses: number;
  readonly late: number;
}

interface ResultRow {
  readonly run: string;
  readonly key: string;
  readonly worker: string;
  readonly token: number;
  readonly outcome: Outcome;
  readonly losses: readonly Loss[];
  readonly settled_ms: number;
}

function resultOf({ outcome, settled_ms, ...row }: ResultRow): CellResult {
  return { ...row, ...outcome, settledAtMs: settled_ms };
}
