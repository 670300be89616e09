import { PgBoss } from 'pg-boss';
import type { CellClass, CellSpec } from './cell.ts';
import type { Sql, SqlSession } from './sql.ts';

/**
 * pg-boss as the order of what waits: a queue a class, a job a cell, under the cell's number. Leases and verdicts are ours (`lease.ts`); each
 * move of a job happens in the transaction that changes its cell, so the two cannot disagree.
 */
export class Queue {
  readonly #boss: PgBoss;

  private constructor(boss: PgBoss) {
    this.#boss = boss;
  }

  static async open(sql: Sql): Promise<Queue> {
    const boss = new PgBoss({
      db: databaseOf(sql),
      backend: sql.engine,
      // Deadlines are ours; nothing is on a timer of pg-boss.
      supervise: false,
      schedule: false,
      registerInstance: false,
      monitorVacuum: false,
    });
    boss.on('error', () => {
      // Whoever called is told by the rejection.
    });
    await boss.start();
    return new Queue(boss);
  }

  async close(): Promise<void> {
    await this.#boss.stop({ close: false, graceful: false });
  }

  async create({ queue }: Pick<CellClass, 'queue'>): Promise<void> {
    await this.#boss.createQueue(queue, {
      // Retries are counted by `lease.ts`; a job is never to expire by itself.
      retryLimit: 1_000_000,
      retryDelay: 0,
      expireInSeconds: 86_399,
      retentionSeconds: RETENTION_SECONDS,
      deleteAfterSeconds: RETENTION_SECONDS,
    });
  }

  async remove(queue: string): Promise<void> {
    await this.#boss.deleteQueue(queue);
  }

  async add(session: SqlSession, queue: string, cells: readonly (CellSpec & { readonly id: string })[]): Promise<void> {
    const jobs = cells.map(({ id, priority }) => ({ id, priority }));
    await this.#boss.insert(queue, jobs, { db: databaseOf(session) });
  }

  /** The number of the cell to be leased next. */
  async take(session: SqlSession, queue: string): Promise<string | undefined> {
    const [job] = await this.#boss.fetch(queue, { db: databaseOf(session) });
    return job?.id;
  }

  /** A lease was given back: the cell waits again at its place. With losses it waits behind all that has fewer. */
  async putBack(session: SqlSession, queue: string, id: string, losses: number): Promise<void> {
    const db = databaseOf(session);
    await this.#boss.fail(queue, id, null, { db });
    if (losses > 0) await this.#boss.update(queue, undefined, { id, priority: behind(losses), db });
  }

  async finish(session: SqlSession, queue: string, id: string): Promise<void> {
    await this.#boss.complete(queue, id, null, { db: databaseOf(session) });
  }

  async cancel(session: SqlSession, queue: string, id: string): Promise<void> {
    await this.#boss.cancel(queue, id, { db: databaseOf(session) });
  }

  async resume(session: SqlSession, queue: string, id: string): Promise<void> {
    await this.#boss.resume(queue, id, { db: databaseOf(session) });
  }
}

/** Below every priority that a planner gives (32 bits are what there is). */
export const behind = (losses: number): number => -1_000_000_000 - losses;

/** A year: what waits so long is forgotten. */
const RETENTION_SECONDS = 365 * 86_400;

function databaseOf(session: SqlSession) {
  return {
    executeSql: async (text: string, values?: unknown[]) => ({ rows: await session.query<never>(text, values) }),
  };
}
