import type { EventEmitter } from 'node:events';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import type { TlsClientOptions } from './flow.ts';
import type { Target } from './target.ts';
import { SIP_SUBPROTOCOL } from './websocket-connection.ts';

/** Opens a TCP or TLS connection; `name` is checked against the certificate. Rejects with the system's error or on timeout. */
export function connectStream(target: Target, tls: TlsClientOptions, timeoutMs: number): Promise<Socket | TLSSocket> {
  const { host, port } = target;
  const socket =
    target.transport === 'tls'
      ? connectTls({ host, port, ...tlsClientOptions(target, tls) })
      : connectTcp({ host, port });
  return settled(socket, target.transport === 'tls' ? 'secureConnect' : 'connect', timeoutMs, () => socket.destroy());
}

function tlsClientOptions(target: Target, tls: TlsClientOptions): object {
  const name = tls.serverName ?? target.name;
  return {
    key: tls.key,
    cert: tls.cert,
    ca: tls.ca,
    rejectUnauthorized: tls.rejectUnauthorized ?? true,
    minVersion: 'TLSv1.2',
    ...(isIP(name) === 0 ? { servername: name } : { servername: '', host: target.host }),
  };
}

/** Opens a WebSocket with the subprotocol `sip`. */
export function connectWebSocket(target: Target, tls: TlsClientOptions, timeoutMs: number): Promise<WebSocket> {
  const host = target.host.includes(':') ? `[${target.host}]` : target.host;
  const secure = target.transport === 'wss';
  const options = { perMessageDeflate: false, ...(secure ? tlsClientOptions(target, tls) : {}) };
  const socket = new WebSocket(`${target.transport}://${host}:${target.port}/`, SIP_SUBPROTOCOL, options);
  return settled(socket, 'open', timeoutMs, () => socket.terminate());
}

/** Waits for `event`; `give up` is called when an error or the timeout comes first. */
function settled<S extends EventEmitter>(socket: S, event: string, timeoutMs: number, giveUp: () => void): Promise<S> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      clearTimeout(timeout);
      socket.off(event, done);
      socket.on('error', () => undefined);
      giveUp();
      reject(error);
    };
    const done = (): void => {
      clearTimeout(timeout);
      socket.off('error', fail);
      resolve(socket);
    };
    const timeout = setTimeout(() => fail(new Error(`no connection after ${timeoutMs} ms`)), timeoutMs);
    socket.once('error', fail);
    socket.once(event, done);
  });
}
