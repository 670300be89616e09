import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { leaseUdpPorts } from '@plugfest/host';
import { formatMessage, parseMessage, type SipMessage, StreamFramer } from '@plugfest/sip';

/** How a played side speaks: its own address, and one message at a time. */
export interface ReplayTransport extends AsyncDisposable {
  readonly name: 'udp' | 'tcp';
  /** `host:port` that it is heard from. */
  readonly local: string;
  send(message: SipMessage): void;
  onMessage: (message: SipMessage) => void;
}

const HOST = '127.0.0.1';

/** @throws where nobody listens there */
export function openReplayTransport(name: 'udp' | 'tcp', remote: string): Promise<ReplayTransport> {
  const at = remote.lastIndexOf(':');
  const to = { host: remote.slice(0, at).replaceAll(/[[\]]/g, ''), port: Number(remote.slice(at + 1)) };
  return name === 'udp' ? openUdp(to) : openTcp(to);
}

interface Remote {
  readonly host: string;
  readonly port: number;
}

async function openUdp({ host, port }: Remote): Promise<ReplayTransport> {
  await using opening = new AsyncDisposableStack();
  const [own = 0] = opening.use(await leaseUdpPorts({ host: HOST })).ports;
  const socket = createSocket('udp4');
  opening.defer(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  // Who is not there is silence, which is what the comparison will show.
  socket.on('error', () => {});
  socket.bind(own, HOST);
  await once(socket, 'listening');
  const resources = opening.move();
  const transport: ReplayTransport = {
    name: 'udp',
    local: `${HOST}:${own}`,
    send: (message) => socket.send(formatMessage(message), port, host),
    onMessage: () => {},
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
  socket.on('message', (bytes) => {
    const parsed = parseMessage(bytes);
    if (parsed.ok) transport.onMessage(parsed.value);
  });
  return transport;
}

async function openTcp({ host, port }: Remote): Promise<ReplayTransport> {
  const socket = createConnection({ host, port, noDelay: true });
  await once(socket, 'connect');
  socket.on('error', () => {});
  const framer = new StreamFramer();
  const transport: ReplayTransport = {
    name: 'tcp',
    local: `${HOST}:${socket.localPort}`,
    send: (message) => void (socket.destroyed || socket.write(formatMessage(message))),
    onMessage: () => {},
    [Symbol.asyncDispose]: async () => void socket.destroy(),
  };
  socket.on('data', (bytes) => {
    const items = framer.push(bytes);
    for (const item of items.ok ? items.value : []) if (item !== 'keep-alive') transport.onMessage(item);
  });
  return transport;
}
