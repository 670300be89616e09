import { execFile } from 'node:child_process';
import { chown, globSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { leaseTcpPort, type OwnedProcess, openTemporaryDirectory, spawnOwned } from '@plugfest/host';
import { openPostgres } from './sql-postgres.ts';

const run = promisify(execFile);

/** A real Postgres on the loopback, thrown away with all its data. */
export interface PostgresServer extends AsyncDisposable {
  readonly url: string;
  readonly pid: () => number;
  /** Kills it as a power cut would, and starts it again on the same files and port. */
  restart(): Promise<void>;
}

/** Where its programs are, or why it cannot be started here: then a test is skipped, and says so. */
export async function findPostgres(): Promise<
  | { readonly found: true; readonly directory: string; readonly as: readonly string[]; readonly owner?: Owner }
  | { readonly found: false; readonly reason: string }
> {
  const inPath = (process.env.PATH ?? '').split(':').map((directory) => join(directory, 'initdb'));
  const debian = globSync('/usr/lib/postgresql/*/bin/initdb').sort().reverse();
  const initdb = [...debian, ...inPath].find((file) => globSync(file).length > 0);
  if (!initdb) return { found: false, reason: 'no initdb; to mend it: apt-get install -y postgresql' };
  const directory = join(initdb, '..');
  if (process.getuid?.() !== 0) return { found: true, directory, as: [] };
  // It refuses to run as root.
  for (const user of ['postgres', 'nobody']) {
    const owner = await ownerOf(user);
    if (owner)
      return {
        found: true,
        directory,
        as: ['setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups', '--'],
        owner,
      };
  }
  return { found: false, reason: 'postgres does not run as root, and there is no user postgres or nobody' };
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

async function ownerOf(user: string): Promise<Owner | undefined> {
  try {
    const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, user])));
    return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
  } catch {
    return undefined;
  }
}

/** @throws where `findPostgres` finds none */
export async function startPostgres(settings: readonly string[] = []): Promise<PostgresServer> {
  const found = await findPostgres();
  if (!found.found) throw new Error(found.reason);
  const stack = new AsyncDisposableStack();
  try {
    const temporary = stack.use(await openTemporaryDirectory('postgres'));
    if (found.owner) await promisify(chown)(temporary.path, found.owner.uid, found.owner.gid);
    await chmod(temporary.path, 0o700);
    const [port] = stack.use(await leaseTcpPort()).ports;
    const data = join(temporary.path, 'data');
    const environment = { ...process.env, LC_ALL: 'C' };
    const as = (program: string, ...rest: string[]): [string, string[]] => {
      const [first = '', ...others] = [...found.as, join(found.directory, program), ...rest];
      return [first, others];
    };
    const [command, parameters] = as('initdb', '-D', data, '-U', 'plugfest', '--auth=trust', '-E', 'UTF8', '--no-sync');
    await run(command, parameters, { cwd: temporary.path, env: environment });
    const start = (): OwnedProcess => {
      const flags = ['-D', data, '-p', `${port}`, '-k', '', '-c', 'listen_addresses=127.0.0.1'];
      const [program, rest] = as('postgres', ...flags, ...settings.flatMap((setting) => ['-c', setting]));
      const server = spawnOwned(program, rest, { name: 'postgres', cwd: temporary.path, env: { LC_ALL: 'C' } });
      server.stdout.resume();
      return server;
    };
    let server = start();
    stack.defer(() => server.stop());
    const url = `postgres://plugfest@127.0.0.1:${port}/postgres`;
    await answering(url, server);
    return {
      url,
      pid: () => server.pid,
      restart: async () => {
        await server.stop(0);
        server = start();
        await answering(url, server);
      },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (fault) {
    await stack.disposeAsync();
    throw fault;
  }
}

const PATIENCE_MS = 20_000;

async function answering(url: string, server: OwnedProcess): Promise<void> {
  let ended = false;
  void server.exited.then(() => {
    ended = true;
  });
  for (const sinceMs = performance.now(); performance.now() - sinceMs < PATIENCE_MS; ) {
    await using sql = openPostgres(url, 1);
    try {
      await sql.query('SELECT 1');
      return;
    } catch {
      if (ended) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`postgres does not answer: ${server.stderrTail()}`);
}
