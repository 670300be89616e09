import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type OwnedProcess, spawnOwned } from '@plugfest/host';
import { z } from 'zod';
import type { BridgeAddresses, BridgeOptions } from './config.ts';

const readySchema = z.object({
  addresses: z.object({
    udp: z.string(),
    tcp: z.string(),
    tls: z.string().optional(),
    ws: z.string(),
    http: z.string(),
  }),
  controlUrl: z.string(),
});
const READY_TIMEOUT_MS = 15_000;

/**
 * A bridge's heap is small and lives long, while tens of megabytes a second of packets and sound come and go beside it: left to itself V8 marks the
 * whole heap each second for them, a sixth of all CPU time of a conference of eight.
 */
const NODE_OPTIONS = ['--disable-warning=ExperimentalWarning', '--initial-old-space-size=256', '--single-threaded-gc'];

/** A bridge in a process of its own. */
export class BridgeProcess implements AsyncDisposable {
  readonly addresses: BridgeAddresses;
  readonly controlUrl: string;
  readonly #process: OwnedProcess;

  private constructor(process: OwnedProcess, ready: z.output<typeof readySchema>) {
    this.#process = process;
    this.addresses = ready.addresses;
    this.controlUrl = ready.controlUrl;
  }

  get exited(): OwnedProcess['exited'] {
    return this.#process.exited;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** `env` is laid over our own environment. @throws where it does not come up, with what it said last */
  static async start(
    options: BridgeOptions,
    env: Readonly<Record<string, string | undefined>> = {},
  ): Promise<BridgeProcess> {
    const child = spawnOwned(
      process.execPath,
      [...NODE_OPTIONS, resolve(import.meta.dirname, 'main.ts'), JSON.stringify(options)],
      {
        name: 'bridge',
        stdin: 'pipe',
        env,
      },
    );
    try {
      return new BridgeProcess(child, readySchema.parse(JSON.parse(await firstLine(child))));
    } catch (cause) {
      await child.stop();
      throw new Error(`the bridge did not start: ${child.stderrTail().trim() || String(cause)}`, { cause });
    }
  }

  async stop(): Promise<void> {
    await this.#process.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

async function firstLine(child: OwnedProcess): Promise<string> {
  const lines = createInterface({ input: child.stdout });
  const { promise, resolve: settle, reject } = Promise.withResolvers<string>();
  const timer = setTimeout(
    () => reject(new Error(`it said nothing for ${READY_TIMEOUT_MS / 1000} s`)),
    READY_TIMEOUT_MS,
  );
  lines.once('line', settle);
  void child.exited.then(({ code, signal }) => reject(new Error(`it ended with ${signal ?? `code ${code}`}`)));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    lines.close();
    child.stdout.resume();
  }
}
