/** One dialect, two engines: PGlite in this process, or Postgres. */
export interface Sql extends AsyncDisposable {
  readonly engine: 'pglite' | 'postgres';
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Several statements without parameters. */
  execute(text: string): Promise<void>;
  transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T>;
}

/** Statements of one transaction. */
export interface SqlSession {
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}
