import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls';
import type { ListenAddress, ListenPoint, TlsServerOptions } from './flow.ts';

/** Something that accepts connections. */
export interface Listener {
  readonly address: ListenAddress;
  close(): Promise<void>;
}

const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Options of `node:tls` for a listener. */
export function tlsServerOptions(tls: TlsServerOptions = {}): TlsOptions {
  return {
    key: tls.key as string,
    cert: tls.cert as string,
    ca: tls.ca as string[] | undefined,
    requestCert: tls.requestCert ?? false,
    rejectUnauthorized: (tls.requestCert ?? false) && !tls.allowUnverified,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    minVersion: 'TLSv1.2',
  };
}

/** Listens for TCP or TLS connections; each is handed over when it (and its handshake) is complete. */
export async function openStreamListener(
  point: ListenPoint,
  accept: (socket: Socket | TLSSocket) => void,
): Promise<Listener> {
  const secure = point.transport === 'tls';
  const server = secure ? createTlsServer(tlsServerOptions(point.tls)) : createTcpServer();
  server.on(secure ? 'secureConnection' : 'connection', accept);
  if (secure) server.on('tlsClientError', (_error, socket) => socket.destroy());
  const raw = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    raw.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => raw.delete(socket));
  });
  const address = await listening(server, point);
  return { address, close: () => closeServer(server, raw) };
}

/** @throws the system's error when the point cannot be bound */
export async function listening(server: Server, point: ListenPoint): Promise<ListenAddress> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: point.host, port: point.port ?? 0 }, () => {
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
