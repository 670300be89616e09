import pg from 'pg';
import type { Sql, SqlSession } from './sql.ts';
import { nameStoreFault, StoreFault } from './store-fault.ts';

/** So long may a transaction do nothing: a worker that was stopped in the middle of one holds nobody up for longer. */
const IDLE_TRANSACTION_MS = 5000;
const CONNECT_MS = 5000;
/** A peer that answers nothing, be it stopped or unplugged. */
const QUERY_MS = 20_000;

/** Postgres, by its URL. */
export function openPostgres(url: string, connections = 4): Sql {
  if (!/^postgres(ql)?:\/\//.test(url))
    throw new StoreFault('unreachable', 'PLUGFEST_DATABASE_URL', 'it does not begin with postgres://');
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: CONNECT_MS,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_MS,
    query_timeout: QUERY_MS,
    application_name: 'plugfest',
    allowExitOnIdle: true,
  });
  // A connection that breaks while it is idle: the next query opens another, or says why it cannot.
  pool.on('error', ignore);
  // One that breaks between two statements, or while it is closed: without a listener of its own that would end the process.
  pool.on('connect', (client) => client.on('error', ignore));
  const where = withoutPassword(url);
  const named = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (fault) {
      throw nameStoreFault(fault, where);
    }
  };
  return {
    engine: 'postgres',
    query: (text, values) => named(() => run(pool, text, values)),
    execute: (text) => named(async () => void (await pool.query(text))),
    transaction: (work) => named(() => inTransaction(pool, work)),
    [Symbol.asyncDispose]: async () => await pool.end(),
  };
}

async function inTransaction<T>(pool: pg.Pool, work: (session: SqlSession) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const value = await work({ query: (text, values) => run(client, text, values) });
    await client.query('COMMIT');
    return value;
  } catch (fault) {
    await client.query('ROLLBACK').catch((refused: Error) => {
      broken = refused;
    });
    throw fault;
  } finally {
    client.release(broken);
  }
}

const ignore = (): void => {};

async function run<Row>(client: pg.Pool | pg.ClientBase, text: string, values?: readonly unknown[]): Promise<Row[]> {
  const answer = (await client.query(text, values ? [...values] : undefined)) as pg.QueryResult | pg.QueryResult[];
  // Several statements without parameters have several results.
  return (Array.isArray(answer) ? answer.flatMap(({ rows }) => rows) : answer.rows) as Row[];
}

function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url);
    parsed.password = '';
    return parsed.href;
  } catch {
    return 'PLUGFEST_DATABASE_URL';
  }
}
