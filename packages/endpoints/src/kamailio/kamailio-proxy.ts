import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { findTool, leaseTcpPort, leaseUdpPorts, type OwnedProcess, spawnOwned } from '@plugfest/host';
import type { Clock } from '@plugfest/model';
import type { JoinTarget } from '../endpoint.ts';
import { formatKamailioConfig, formatKamailioTls, type KamailioPorts, MODULE_PATHS } from './kamailio-config.ts';

const START_MS = 10_000;
const RETRY_MS = 20;

export interface KamailioOptions {
  readonly clock: Clock;
  /** Whom it stands before. */
  readonly bridge: JoinTarget['bridge'];
  /** PEM: for its own address, of the authority that the bridge trusts. */
  readonly identity: { readonly key: string; readonly cert: string };
  readonly caPem: string;
  /** Exists, is its own; with no space in its name. */
  readonly workDir: string;
}

/** A real Kamailio in front of the bridge: who calls it, calls the bridge through it. */
export class KamailioProxy implements AsyncDisposable {
  /** Where to call instead of the bridge. */
  readonly addresses: Readonly<Record<'udp' | 'tcp' | 'tls' | 'ws', string>>;
  /** Resolves when it has ended. */
  readonly exited: Promise<unknown>;
  readonly #resources: AsyncDisposableStack;

  private constructor(ports: KamailioPorts, process: OwnedProcess, resources: AsyncDisposableStack) {
    const at = (transport: keyof KamailioPorts): string => `127.0.0.1:${ports[transport]}`;
    this.addresses = { udp: at('udp'), tcp: at('tcp'), tls: at('tls'), ws: `ws://${at('ws')}` };
    this.exited = process.exited;
    this.#resources = resources;
  }

  /** @throws where there is no Kamailio, or it does not come up */
  static async open(options: KamailioOptions): Promise<KamailioProxy> {
    const { clock, bridge, identity, caPem, workDir } = options;
    const tool = await findTool('kamailio');
    if (!tool.found) throw new Error(`kamailio: ${tool.reason}; mend it with: ${tool.fix}`);
    if (/["\s]/.test(workDir)) throw new Error(`Kamailio cannot work in a directory of that name: ${workDir}`);
    await using opening = new AsyncDisposableStack();
    const ports = await leasePorts(opening);
    const modulePath = MODULE_PATHS.find((path) => existsSync(path)) ?? '';
    const files = {
      'kamailio.cfg': formatKamailioConfig({ modulePath, directory: workDir, ports, bridge }),
      'tls.cfg': formatKamailioTls(workDir),
      'cert.pem': identity.cert,
      'key.pem': identity.key,
      'ca.pem': caPem,
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(workDir, name), text, { mode: 0o600 });
    const config = join(workDir, 'kamailio.cfg');
    const child = opening.use(
      spawnOwned(tool.path, ['-f', config, '-DD', '-E', '-m', '32', '-M', '4', '-w', workDir, '-Y', workDir], {
        name: 'kamailio',
        cwd: workDir,
      }),
    );
    child.stdout.resume();
    for (const transport of ['tcp', 'tls', 'ws'] as const) await accepting(ports[transport], clock, child);
    return new KamailioProxy(ports, child, opening.move());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}

async function leasePorts(resources: AsyncDisposableStack): Promise<KamailioPorts> {
  const [udp, tcp, tls, ws] = await Promise.all([leaseUdpPorts(), leaseTcpPort(), leaseTcpPort(), leaseTcpPort()]);
  const portOf = (lease: typeof udp): number => resources.use(lease).ports[0] ?? 0;
  return { udp: portOf(udp), tcp: portOf(tcp), tls: portOf(tls), ws: portOf(ws) };
}

/** Resolves when it takes connections there. @throws where it has ended, or takes too long */
async function accepting(port: number, clock: Clock, child: OwnedProcess): Promise<void> {
  const untilUs = clock.nowUs() + START_MS * 1000;
  let hasEnded = false;
  void child.exited.then(() => {
    hasEnded = true;
  });
  while (!(await canConnect(port))) {
    if (hasEnded || clock.nowUs() > untilUs) {
      throw new Error(`Kamailio did not start: ${child.stderrTail().trim().slice(-800)}`);
    }
    await new Promise<void>((resolve) => void clock.schedule(RETRY_MS, resolve));
  }
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
      .once('connect', () => {
        socket.destroy();
        resolve(true);
      })
      .once('error', () => resolve(false));
  });
}
