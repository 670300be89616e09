import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls';
import type { ListenAddress, ListenPoint, TlsServerOptions } from './flow.ts';
import type { InboundSockets } from './inbound-sockets.ts';

/** Something that accepts connections. */
export interface Listener {
  readonly address: ListenAddress;
  close(): Promise<void>;
}

/** Connections that wait to be accepted: a thousand that come at once must not cost the next one a second, which is when a SYN is sent again. */
const BACKLOG = 4096;

/** Options of `node:tls` for a listener. */
export function tlsServerOptions(tls: TlsServerOptions = {}): TlsOptions {
  return {
    key: tls.key as string,
    cert: tls.cert as string,
    ca: tls.ca as string[] | undefined,
    requestCert: tls.requestCert ?? false,
    rejectUnauthorized: (tls.requestCert ?? false) && !tls.allowUnverified,
    minVersion: 'TLSv1.2',
  };
}

/** Listens for TCP or TLS connections; each is handed over when it (and its handshake) is complete. */
export async function openStreamListener(
  point: ListenPoint,
  sockets: InboundSockets,
  accept: (socket: Socket | TLSSocket) => void,
): Promise<Listener> {
  const secure = point.transport === 'tls';
  const server = secure ? createTlsServer(tlsServerOptions(point.tls)) : createTcpServer();
  const own = admitted(server, sockets, secure, (socket) => {
    if (!secure) accept(socket);
  });
  if (secure) {
    server.on('secureConnection', (socket: TLSSocket) => {
      sockets.completed(socket);
      accept(socket);
    });
    server.on('tlsClientError', (_error, socket) => socket.destroy());
  }
  const address = await listening(server, point);
  return { address, close: () => closeServer(server, own) };
}

/** The sockets of a server that there is room for, as they come and go. */
export function admitted(
  server: Server,
  sockets: InboundSockets,
  hasHandshake: boolean,
  accept: (socket: Socket) => void,
): ReadonlySet<Socket> {
  const own = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => undefined);
    if (!sockets.admit(socket, hasHandshake)) return;
    own.add(socket);
    socket.once('close', () => own.delete(socket));
    accept(socket);
  });
  return own;
}

/** @throws the system's error when the point cannot be bound */
export async function listening(server: Server, point: ListenPoint): Promise<ListenAddress> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: point.host, port: point.port ?? 0, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', () => undefined);
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('a listener without an address');
  return { transport: point.transport, host: bound.address, port: bound.port };
}

/** Closes the listener and what it accepted. */
export async function closeServer(server: Server, sockets: Iterable<Socket>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const socket of sockets) socket.destroy();
  await closed;
}
