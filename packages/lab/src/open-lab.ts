import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Lab, type LabService } from './lab.ts';
import { RemoteLab } from './lab-client.ts';
import { OPERATIONS, serveLab } from './lab-server.ts';
import { LEASE_RULES, type LeaseRules } from './lease.ts';
import { lockDirectory, writeOwnerAddress } from './owner-lock.ts';
import { openPglite } from './sql-pglite.ts';
import { openPostgres } from './sql-postgres.ts';
import { SqlStorage } from './sql-storage.ts';
import { StoreFault } from './store-fault.ts';

export interface LabOptions {
  /** Of the embedded store. */
  readonly directory: string;
  /** Postgres instead. */
  readonly databaseUrl?: string;
  /**
   * Whether this process may be the one that has the embedded store open. Workers may not: they are stopped and killed, and then the store would be
   * with them.
   */
  readonly mayOwn: boolean;
  readonly rules?: LeaseRules;
  /** Where it is given, a Postgres that cannot be reached is waited for until it is aborted: a worker outlasts the restart of a database. */
  readonly waitUntil?: AbortSignal;
}

export interface OpenLab extends AsyncDisposable {
  readonly service: LabService;
  /** For people: what it is, and where. */
  readonly where: string;
}

/**
 * Opens the lab: a Postgres where one is named; else the embedded store, in this process or, where another one has it open, by that one. When
 * that ends, one of those that may takes over.
 * @throws StoreFault
 */
export async function openLab({
  directory,
  databaseUrl,
  mayOwn,
  rules = LEASE_RULES,
  waitUntil,
}: LabOptions): Promise<OpenLab> {
  if (!databaseUrl) return await SharedLab.open(directory, mayOwn, rules);
  const storage = await openPatiently(databaseUrl, waitUntil);
  const service = new Lab(storage, rules);
  return { service, where: 'Postgres', [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose]() };
}

const RETRY_MS = 1000;

async function openPatiently(url: string, waitUntil: AbortSignal | undefined): Promise<SqlStorage> {
  for (;;) {
    try {
      return await SqlStorage.open(openPostgres(url));
    } catch (fault) {
      if (!waitUntil || waitUntil.aborted || !(fault instanceof StoreFault && fault.isPassing)) throw fault;
      await delay(RETRY_MS, undefined, { signal: waitUntil }).catch(() => {});
    }
  }
}

interface Access extends AsyncDisposable {
  readonly service: LabService;
}

/** So long may another process take to start serving a store that it has just locked. */
const START_MS = 15_000;

/** The embedded store, wherever it is open. */
class SharedLab implements OpenLab {
  readonly where: string;
  readonly service: LabService;
  readonly #mayOwn: boolean;
  readonly #rules: LeaseRules;
  #access: Access;
  #owned = false;
  #taking: Promise<void> | undefined;
  #closed = false;

  private constructor(directory: string, mayOwn: boolean, rules: LeaseRules) {
    this.where = directory;
    this.#mayOwn = mayOwn;
    this.#rules = rules;
    this.#access = new RemoteLab(directory);
    const operations = OPERATIONS.map((name) => [name, (...all: never[]) => this.#call(name, all)] as const);
    this.service = Object.fromEntries(operations) as unknown as LabService;
  }

  static async open(directory: string, mayOwn: boolean, rules: LeaseRules): Promise<SharedLab> {
    const lab = new SharedLab(directory, mayOwn, rules);
    await lab.#takeOver();
    // Who may not own it waits with its first question, however long nobody has it open.
    if (!mayOwn) return lab;
    for (const sinceMs = performance.now(); ; ) {
      try {
        await lab.service.workers();
        return lab;
      } catch (fault) {
        if (!(fault instanceof StoreFault && fault.isPassing) || performance.now() - sinceMs > START_MS) {
          await lab[Symbol.asyncDispose]();
          throw fault;
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#taking?.catch(() => {});
    await this.#access[Symbol.asyncDispose]();
  }

  async #call(name: (typeof OPERATIONS)[number], parameters: never[]): Promise<unknown> {
    const ask = (): Promise<unknown> =>
      (this.#access.service[name] as (...all: never[]) => Promise<unknown>)(...parameters);
    try {
      return await ask();
    } catch (fault) {
      if (this.#owned || !(fault instanceof StoreFault && fault.code === 'unreachable')) throw fault;
      await this.#takeOver();
      if (!this.#owned) throw fault;
      return await ask();
    }
  }

  #takeOver(): Promise<void> {
    if (!this.#mayOwn || this.#owned || this.#closed) return Promise.resolve();
    this.#taking ??= this.#tryToOwn().finally(() => {
      this.#taking = undefined;
    });
    return this.#taking;
  }

  async #tryToOwn(): Promise<void> {
    const lock = await lockDirectory(this.where);
    if (!lock) return;
    const owned = await openOwned(this.where, lock, this.#rules);
    await this.#access[Symbol.asyncDispose]();
    this.#access = owned;
    this.#owned = true;
  }
}

async function openOwned(directory: string, lock: AsyncDisposable, rules: LeaseRules): Promise<Access> {
  const stack = new AsyncDisposableStack();
  try {
    stack.use(lock);
    const storage = stack.use(await SqlStorage.open(await openPglite(join(directory, 'database'))));
    const service = new Lab(storage, rules);
    const token = randomBytes(24).toString('base64url');
    const server = stack.use(await serveLab(service, token));
    await writeOwnerAddress(directory, { url: server.url, token, pid: process.pid });
    return { service, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  } catch (fault) {
    await stack.disposeAsync();
    throw fault;
  }
}
