import type { Cell, CellClass, CellState, LateResult, Loss, Outcome } from './cell.ts';
import type { Queue } from './queue.ts';
import { NOW_MS } from './schema.ts';
import type { SqlSession } from './sql.ts';
import type { StorageTransaction, WorkerStatus } from './storage.ts';

/** One transaction of the store in SQL: cells that it looks at are locked until it ends. */
export class SqlTransaction implements StorageTransaction {
  readonly #session: SqlSession;
  readonly #queue: Queue;

  constructor(session: SqlSession, queue: Queue) {
    this.#session = session;
    this.#queue = queue;
  }

  async nowMs(): Promise<number> {
    const [row] = await this.#session.query<{ now_ms: number }>(`SELECT ${NOW_MS} AS now_ms`);
    return row?.now_ms as number;
  }

  /** An index lookup a class, however many cells wait in it. */
  async classesWaiting(attendedSinceMs: number): Promise<CellClass[]> {
    return await this.#session.query<CellClass>(
      `
      SELECT class.queue, class.run, class.needs, class.setup FROM lab.class JOIN lab.run ON run.id = class.run
      WHERE NOT run.ended AND run.attended_ms >= $1 AND EXISTS (SELECT 1 FROM lab.cell WHERE cell.queue = class.queue AND cell.phase = 'waiting')
      ORDER BY run.created_ms, class.queue`,
      [attendedSinceMs],
    );
  }

  async attend(run: string, nowMs: number): Promise<void> {
    await this.#session.query(`UPDATE lab.run SET attended_ms = $2 WHERE id = $1`, [run, nowMs]);
  }

  async touchWorker(name: string, nowMs: number): Promise<void> {
    await this.#session.query(`UPDATE lab.worker SET seen_ms = $2 WHERE name = $1`, [name, nowMs]);
  }

  async warmElsewhere(worker: string, sinceMs: number): Promise<Set<string>> {
    const rows = await this.#session.query<{ setup: string }>(
      `SELECT DISTINCT json_array_elements_text(warm) AS setup FROM lab.worker WHERE name <> $1 AND seen_ms >= $2`,
      [worker, sinceMs],
    );
    return new Set(rows.map(({ setup }) => setup));
  }

  async next(queue: string): Promise<Cell | undefined> {
    const id = await this.#queue.take(this.#session, queue);
    return id === undefined ? undefined : await this.cell(id);
  }

  async cell(id: string): Promise<Cell | undefined> {
    const [row] = await this.#session.query<CellRow>(`${SELECT_CELL} WHERE id = $1 FOR UPDATE`, [id]);
    return row && cellOf(row);
  }

  async overdue(nowMs: number, most: number): Promise<Cell[]> {
    const rows = await this.#session.query<CellRow>(
      `${SELECT_CELL} WHERE phase = 'leased' AND deadline_ms <= $1 ORDER BY deadline_ms LIMIT $2 FOR UPDATE SKIP LOCKED`,
      [nowMs, most],
    );
    return rows.map(cellOf);
  }

  async inPhase(run: string, phase: CellState['phase'], queue?: string): Promise<Cell[]> {
    const rows = await this.#session.query<CellRow>(
      `${SELECT_CELL} WHERE run = $1 AND phase = $2 AND ($3::text IS NULL OR queue = $3) ORDER BY id FOR UPDATE SKIP LOCKED`,
      [run, phase, queue ?? null],
    );
    return rows.map(cellOf);
  }

  async workersSince(sinceMs: number): Promise<WorkerStatus[]> {
    return (await this.#session.query<WorkerRow>(`SELECT * FROM lab.worker WHERE seen_ms >= $1`, [sinceMs])).map(
      workerOf,
    );
  }

  async save(cell: Cell, next: CellState, nowMs: number): Promise<void> {
    const { id, queue } = cell;
    const [worker, deadlineMs] = [
      'worker' in next ? next.worker : null,
      next.phase === 'leased' ? next.deadlineMs : null,
    ];
    await this.#session.query(
      `UPDATE lab.cell SET phase = $2, token = $3, worker = $4, deadline_ms = $5, losses = $6::json WHERE id = $1`,
      [id, next.phase, next.token, worker, deadlineMs, JSON.stringify(next.losses)],
    );
    if (next.phase === 'settled') {
      await this.#addResult(cell, next, nowMs);
      await this.#queue.finish(this.#session, queue, id);
    } else if (next.phase === 'waiting') {
      if (cell.state.phase === 'withdrawn') await this.#queue.resume(this.#session, queue, id);
      else await this.#queue.putBack(this.#session, queue, id, next.losses.length);
    }
    if (next.phase === 'withdrawn') await this.#queue.cancel(this.#session, queue, id);
  }

  async #addResult(cell: Cell, next: CellState & { phase: 'settled' }, nowMs: number): Promise<void> {
    const { worker, token, outcome, losses } = next;
    await this.#session.query(
      `INSERT INTO lab.result (cell, run, key, worker, token, outcome, verdict, losses, settled_ms)
       VALUES ($1, $2, $3, $4, $5, $6::json, $7, $8::json, $9)`,
      [
        cell.id,
        cell.run,
        cell.key,
        worker,
        token,
        JSON.stringify(outcome),
        outcome.verdict,
        JSON.stringify(losses),
        nowMs,
      ],
    );
  }

  async saveLate(
    { id, run, key }: Cell,
    token: number,
    worker: string,
    reason: LateResult['reason'],
    outcome: Outcome,
  ): Promise<void> {
    await this.#session.query(
      `INSERT INTO lab.late_result (cell, run, key, token, worker, reason, outcome, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7::json, ${NOW_MS})`,
      [id, run, key, token, worker, reason, JSON.stringify(outcome)],
    );
  }

  async saveWorker({ name, has, cores, warm, ailments, cell, seenAtMs }: WorkerStatus): Promise<void> {
    await this.#session.query(
      `INSERT INTO lab.worker (name, has, cores, warm, ailments, cell, seen_ms)
       VALUES ($1, $2::json, $3, $4::json, $5::json, $6, $7) ON CONFLICT (name) DO UPDATE SET has = excluded.has, cores = excluded.cores,
       warm = excluded.warm, ailments = excluded.ailments, cell = excluded.cell, seen_ms = excluded.seen_ms`,
      [name, JSON.stringify(has), cores, JSON.stringify(warm), JSON.stringify(ailments), cell ?? null, seenAtMs],
    );
  }
}

const SELECT_CELL = `SELECT id, run, key, queue, payload, phase, token, worker, deadline_ms, losses,
  (SELECT outcome FROM lab.result WHERE result.cell = cell.id) AS outcome FROM lab.cell cell`;

interface CellRow {
  readonly id: string;
  readonly run: string;
  readonly key: string;
  readonly queue: string;
  readonly payload: unknown;
  readonly phase: CellState['phase'];
  readonly token: number;
  readonly worker: string | null;
  readonly deadline_ms: number | null;
  readonly losses: readonly Loss[];
  readonly outcome: Outcome | null;
}

function cellOf({ phase, token, worker, deadline_ms, losses, outcome, ...rest }: CellRow): Cell {
  const common = { token, losses, worker: worker ?? '' };
  if (phase === 'leased') return { ...rest, state: { ...common, phase, deadlineMs: deadline_ms ?? 0 } };
  if (phase === 'settled') return { ...rest, state: { ...common, phase, outcome: outcome as Outcome } };
  return { ...rest, state: { phase, token, losses } };
}

export type WorkerRow = Omit<WorkerStatus, 'seenAtMs' | 'cell'> & {
  readonly seen_ms: number;
  readonly cell: string | null;
};

export function workerOf({ seen_ms, cell, ...worker }: WorkerRow): WorkerStatus {
  return { ...worker, ...(cell && { cell }), seenAtMs: seen_ms };
}
