import { createSocket } from 'node:dgram';
import { createServer, type Server } from 'node:net';

/** Ports that are ours until released: nobody of this project, in this process or another, is given them meanwhile. */
export interface PortLease extends AsyncDisposable {
  readonly ports: readonly number[];
  /** Idempotent. */
  release(): void;
}

export interface UdpLeaseOptions {
  /** 1 by default. */
  readonly count?: number;
  /** 127.0.0.1 by default. */
  readonly host?: string;
  /** One run of numbers that starts with an even one: RTP and its RTCP. */
  readonly consecutive?: boolean;
}

type Protocol = 'udp' | 'tcp';

/** Below Linux's range of ephemeral ports (32768-60999), so that nobody's `bind(0)` takes one between our test and its use. */
const FIRST_PORT = 16_384;
const END_PORT = 32_768;
const ATTEMPTS = 2000;

/** Goes round: a port that was released is the last to be given out again, when its late packets are long gone. */
let cursor = FIRST_PORT + 2 * Math.floor((Math.random() * (END_PORT - FIRST_PORT)) / 2);

const taken: Record<Protocol, Map<number, Server | null>> = { udp: new Map(), tcp: new Map() };

/** No free ports were found. */
export class PortsExhausted extends Error {
  readonly code = 'ports-exhausted';
}

/** @throws PortsExhausted */
export async function leaseUdpPorts(options: UdpLeaseOptions = {}): Promise<PortLease> {
  const { count = 1, host = '127.0.0.1', consecutive = false } = options;
  if (consecutive) return leaseOf('udp', await claimRun('udp', count, host));
  const ports: number[] = [];
  try {
    while (ports.length < count) ports.push(...(await claimRun('udp', 1, host)));
  } catch (fault) {
    for (const port of ports) unclaim('udp', port);
    throw fault;
  }
  return leaseOf('udp', ports);
}

/** @throws PortsExhausted */
export async function leaseTcpPort(host = '127.0.0.1'): Promise<PortLease> {
  return leaseOf('tcp', await claimRun('tcp', 1, host));
}

function leaseOf(protocol: Protocol, ports: number[]): PortLease {
  const release = (): void => {
    for (const port of ports) unclaim(protocol, port);
    ports = [];
  };
  return { ports: [...ports], release, [Symbol.asyncDispose]: async () => release() };
}

/** `count` neighbouring ports; the first is even where there is more than one. */
async function claimRun(protocol: Protocol, count: number, host: string): Promise<number[]> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const ports = nextRun(count);
    const claimed: number[] = [];
    for (const port of ports) {
      if (!(await claim(protocol, port, host))) break;
      claimed.push(port);
    }
    if (claimed.length === count) return claimed;
    for (const port of claimed) unclaim(protocol, port);
  }
  throw new PortsExhausted(`no ${count} free ${protocol} port(s) on ${host} between ${FIRST_PORT} and ${END_PORT - 1}`);
}

function nextRun(count: number): number[] {
  if (count > 1 && cursor % 2 === 1) cursor++;
  if (cursor + count > END_PORT) cursor = FIRST_PORT;
  const first = cursor;
  cursor += count;
  return Array.from({ length: count }, (_, i) => first + i);
}

async function claim(protocol: Protocol, port: number, host: string): Promise<boolean> {
  if (taken[protocol].has(port)) return false;
  taken[protocol].set(port, null);
  const token = await openToken(protocol, port);
  if (token !== 'taken') taken[protocol].set(port, token);
  if (token !== 'taken' && (await canBind(protocol, port, host))) return true;
  unclaim(protocol, port);
  return false;
}

function unclaim(protocol: Protocol, port: number): void {
  taken[protocol].get(port)?.close();
  taken[protocol].delete(port);
}

/**
 * Other processes see that a port is leased by a socket in Linux's abstract namespace: it belongs to the network namespace as ports do, and
 * is gone with us, however we end. Null where there is no such thing.
 */
async function openToken(protocol: Protocol, port: number): Promise<Server | null | 'taken'> {
  if (process.platform !== 'linux') return null;
  const server = createServer((socket) => socket.destroy());
  server.unref();
  return await new Promise((resolve) => {
    server.once('error', (fault: NodeJS.ErrnoException) => resolve(fault.code === 'EADDRINUSE' ? 'taken' : null));
    server.listen({ path: `\0plugfest-${protocol}-${port}` }, () => resolve(server));
  });
}

async function canBind(protocol: Protocol, port: number, host: string): Promise<boolean> {
  return await new Promise((resolve) => {
    if (protocol === 'udp') {
      const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
      socket.once('error', () => socket.close(() => resolve(false)));
      socket.bind({ port, address: host, exclusive: true }, () => socket.close(() => resolve(true)));
      return;
    }
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
