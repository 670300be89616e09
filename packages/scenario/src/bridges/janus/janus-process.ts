import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JanusSession } from '@plugfest/endpoints';
import { findTool, leaseTcpPort, leaseUdpPorts, type OwnedProcess, spawnOwned } from '@plugfest/host';
import type { Clock } from '@plugfest/model';
import { janusFiles, MODULE_PATHS } from './janus-config.ts';

const START_MS = 10_000;
const RETRY_MS = 50;
/** Ports for media: three connections a person. */
const MEDIA_PORTS = 48;

export interface JanusOptions {
  readonly clock: Clock;
  /** Does not exist yet, is its own; with no space in its name. Its log stays there. */
  readonly workDir: string;
  /** At most so much from each person. */
  readonly bitrateBps: number;
}

/** A real Janus on the loopback, with one room. */
export class JanusProcess implements AsyncDisposable {
  readonly url: string;
  /** Resolves when it has ended. */
  readonly exited: Promise<unknown>;
  readonly #resources: AsyncDisposableStack;

  private constructor(url: string, process: OwnedProcess, resources: AsyncDisposableStack) {
    this.url = url;
    this.exited = process.exited;
    this.#resources = resources;
  }

  /** @throws where there is no Janus, or it does not come up */
  static async open({ clock, workDir, bitrateBps }: JanusOptions): Promise<JanusProcess> {
    const tool = await findTool('janus');
    if (!tool.found) throw new Error(`janus: ${tool.reason}; mend it with: ${tool.fix}`);
    if (/["\s]/.test(workDir)) throw new Error(`Janus cannot work in a directory of that name: ${workDir}`);
    await using opening = new AsyncDisposableStack();
    const webSocketPort = opening.use(await leaseTcpPort()).ports[0] ?? 0;
    const media = opening.use(await leaseUdpPorts({ count: MEDIA_PORTS, consecutive: true })).ports;
    const mediaPorts = [media[0] ?? 0, media.at(-1) ?? 0] as const;
    const modulePath = MODULE_PATHS.find((path) => existsSync(path)) ?? '';
    await mkdir(workDir, { recursive: true });
    const files = janusFiles({ modulePath, directory: workDir, webSocketPort, mediaPorts, bitrateBps });
    for (const [name, text] of Object.entries(files)) await writeFile(join(workDir, name), text, { mode: 0o600 });
    const child = opening.use(
      spawnOwned(tool.path, ['-F', workDir, '-L', join(workDir, 'janus.log'), '--disable-colors'], {
        name: 'janus',
        cwd: workDir,
      }),
    );
    child.stdout.resume();
    const url = `ws://127.0.0.1:${webSocketPort}`;
    await answering(url, clock, child);
    return new JanusProcess(url, child, opening.move());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}

/** Resolves when it makes sessions. @throws where it has ended, or takes too long */
async function answering(url: string, clock: Clock, child: OwnedProcess): Promise<void> {
  const untilUs = clock.nowUs() + START_MS * 1000;
  let hasEnded = false;
  void child.exited.then(() => {
    hasEnded = true;
  });
  for (;;) {
    try {
      (await JanusSession.open(url, () => {})).close();
      return;
    } catch (fault) {
      if (hasEnded || clock.nowUs() > untilUs)
        throw new Error(`Janus did not start: ${child.stderrTail().trim().slice(-800)}`, { cause: fault });
    }
    await new Promise<void>((resolve) => void clock.schedule(RETRY_MS, resolve));
  }
}
