import { createServer } from 'node:net';
import { findTool, leaseTcpPort, leaseUdpPorts, type OwnedProcess, spawnOwned } from '@plugfest/host';
import type { Clock } from '@plugfest/model';
import { parseSipUri } from '@plugfest/sip';
import type { JoinTarget } from '../endpoint.ts';
import { PEER_TABLE, type PeerProfile, type PeerRow, type PeerSeat } from './peer-table.ts';

export interface SignallingPeerContext {
  readonly clock: Clock;
  readonly id: string;
  readonly profile: PeerProfile;
  readonly target: JoinTarget;
  /** Exists, is the peer's own. */
  readonly workDir: string;
  readonly signal: AbortSignal;
}

/** How one of a peer's processes ended. */
export interface PeerExit {
  readonly command: string;
  readonly code: number | null;
  readonly signal: string | null;
  /** The last of what it said. */
  readonly said: string;
}

const RETRY_MS = 20;
const MAX_SAID = 2000;
/** How long a process may take to listen for its twin. */
const TWIN_MS = 5000;

/** A program of others, in as many processes as it needs, that speaks SIP with the bridge until it ends by itself. */
export class SignallingPeer implements AsyncDisposable {
  readonly #context: SignallingPeerContext;
  readonly #row: PeerRow;
  readonly #path: string;
  readonly #seats: readonly PeerSeat[];
  readonly #resources: AsyncDisposableStack;

  private constructor(
    context: SignallingPeerContext,
    path: string,
    seats: readonly PeerSeat[],
    resources: AsyncDisposableStack,
  ) {
    this.#context = context;
    this.#row = PEER_TABLE[context.profile];
    this.#path = path;
    this.#seats = seats;
    this.#resources = resources;
  }

  /** @throws where its program is missing, or there are no ports */
  static async open(context: SignallingPeerContext): Promise<SignallingPeer> {
    const { tool: name, processes }: PeerRow = PEER_TABLE[context.profile];
    const tool = await findTool(name);
    if (!tool.found) throw new Error(`${name} is missing (${tool.reason}); mend it with: ${tool.fix}`);
    await using opening = new AsyncDisposableStack();
    const twin = opening.use(await leaseTcpPort());
    const conference = parseSipUri(context.target.conferenceUri);
    const user = conference.ok ? (conference.value.user ?? '') : '';
    const seats: PeerSeat[] = [];
    for (const _ of processes) {
      const lease = opening.use(await leaseUdpPorts({ count: 6, consecutive: true }));
      const [mediaPort = 0, , , , port = 0, controlPort = 0] = lease.ports;
      const twinPort = twin.ports[0] ?? 0;
      seats.push({ bridge: context.target.bridge, user, port, mediaPort, controlPort, twinPort });
    }
    return new SignallingPeer(context, tool.path, seats, opening.move());
  }

  /** `address:port` of each of its processes. */
  get addresses(): string[] {
    return this.#seats.map(({ port }) => `127.0.0.1:${port}`);
  }

  /** Resolves when all its processes have ended. @throws where one cannot be started, or the run is interrupted */
  async run(): Promise<PeerExit[]> {
    const { signal, clock } = this.#context;
    const running: { readonly child: OwnedProcess; readonly ended: Promise<PeerExit> }[] = [];
    for (const [at, seat] of this.#seats.entries()) {
      signal.throwIfAborted();
      if (at > 0)
        await isListening(
          seat.twinPort,
          clock,
          running.map(({ ended }) => ended),
        );
      const args = this.#row.processes[at]?.(seat) ?? [];
      const child = this.#resources.use(
        spawnOwned(this.#path, args, { name: `${this.#row.tool} ${this.#context.id}`, cwd: this.#context.workDir }),
      );
      running.push({ child, ended: exitOf(child, [this.#row.tool, ...args].join(' ')) });
    }
    const stop = (): void => {
      for (const { child } of running) void child.stop();
    };
    signal.addEventListener('abort', stop);
    try {
      return await Promise.all(running.map(({ ended }) => ended));
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}

async function exitOf(child: OwnedProcess, command: string): Promise<PeerExit> {
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => {
    said = `${said}${bytes.toString('latin1')}`.slice(-MAX_SAID);
  });
  const { code, signal } = await child.exited;
  const complaint = child.stderrTail().trim().slice(-MAX_SAID);
  return { command, code, signal, said: complaint || said.trim() };
}

/** Resolves when that port is taken: connecting would be taken for the twin's call. @throws where who should take it has ended, or takes too long */
async function isListening(port: number, clock: Clock, ended: readonly Promise<unknown>[]): Promise<void> {
  const untilUs = clock.nowUs() + TWIN_MS * 1000;
  let isOver = false;
  for (const each of ended) void each.then(() => (isOver = true));
  while (await canListen(port)) {
    if (isOver || clock.nowUs() > untilUs) throw new Error('a peer’s first process does not listen for its second');
    await new Promise<void>((resolve) => void clock.schedule(RETRY_MS, resolve));
  }
}

function canListen(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
