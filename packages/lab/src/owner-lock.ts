import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { writeFileAtomically } from '@plugfest/host';
import { nameStoreFault } from './store-fault.ts';

/** Where the process that has a store open serves the others; in a file that only its user can read. */
export interface OwnerAddress {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
}

const FILE = 'owner.json';

/**
 * One process at a time has a directory, until it ends, however it ends: on Linux a socket in the abstract namespace, which the kernel takes away
 * with its process. Elsewhere a TCP port of the loopback that the path decides on. Undefined: another one has it.
 */
export async function lockDirectory(directory: string): Promise<AsyncDisposable | undefined> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (fault) {
    throw nameStoreFault(fault, directory);
  }
  const digest = createHash('sha256').update(realpathSync(directory)).digest();
  const server = createServer((socket) => socket.destroy());
  server.unref();
  const isFree = await new Promise<boolean>((resolve, reject) => {
    server.once('error', (fault: NodeJS.ErrnoException) =>
      fault.code === 'EADDRINUSE' ? resolve(false) : reject(nameStoreFault(fault, directory)),
    );
    const ready = (): void => resolve(true);
    if (process.platform === 'linux') server.listen({ path: `\0plugfest-lab-${digest.toString('hex')}` }, ready);
    else server.listen({ host: '127.0.0.1', port: 61_000 + (digest.readUInt16BE() % 4000), exclusive: true }, ready);
  });
  if (!isFree) return undefined;
  return { [Symbol.asyncDispose]: async () => await new Promise((resolve) => server.close(() => resolve())) };
}

export async function writeOwnerAddress(directory: string, address: OwnerAddress): Promise<void> {
  try {
    await writeFileAtomically(join(directory, FILE), `${JSON.stringify(address)}\n`, { mode: 0o600 });
  } catch (fault) {
    throw nameStoreFault(fault, directory);
  }
}

export async function readOwnerAddress(directory: string): Promise<OwnerAddress | undefined> {
  try {
    return JSON.parse(await readFile(join(directory, FILE), 'utf8')) as OwnerAddress;
  } catch {
    return undefined;
  }
}
