import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PGlite, type Transaction } from '@electric-sql/pglite';
import type { Sql, SqlSession } from './sql.ts';
import { nameStoreFault } from './store-fault.ts';

/** Postgres in WebAssembly, in this process; its files in `directory`, or in memory. The caller sees to it that nobody else has them open. */
export async function openPglite(directory?: string): Promise<Sql> {
  try {
    if (directory !== undefined) await tryToWrite(directory);
    const engine = await PGlite.create(directory === undefined ? {} : { dataDir: directory });
    return sqlOf(engine);
  } catch (fault) {
    throw nameStoreFault(fault, directory ?? 'memory');
  }
}

/** The engine itself would say of a directory that it cannot write to only that it “failed to initialize”. */
async function tryToWrite(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const probe = join(dirname(directory), '.writable');
  await writeFile(probe, 'x');
  await rm(probe);
}

function sqlOf(engine: PGlite): Sql {
  const where = engine.dataDir ?? 'memory';
  const named = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (fault) {
      throw nameStoreFault(fault, where);
    }
  };
  return {
    engine: 'pglite',
    query: (text, values) => named(() => run(engine, text, values)),
    execute: (text) => named(async () => void (await engine.exec(text))),
    transaction: (work) =>
      named(async () => await engine.transaction(async (transaction) => await work(sessionOf(transaction)))),
    [Symbol.asyncDispose]: async () => await engine.close(),
  };
}

function sessionOf(transaction: Transaction): SqlSession {
  return { query: (text, values) => run(transaction, text, values) };
}

/** Without values it may be several statements, whose rows come one after another: pg-boss sends such. */
async function run<Row>(
  engine: Pick<PGlite, 'query' | 'exec'> | Pick<Transaction, 'query' | 'exec'>,
  text: string,
  values?: readonly unknown[],
): Promise<Row[]> {
  if (values && values.length > 0) return (await engine.query<Row>(text, [...values])).rows;
  return (await engine.exec(text)).flatMap(({ rows }) => rows as Row[]);
}
