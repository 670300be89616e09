import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ListenPoint } from './flow.ts';
import type { InboundSockets } from './inbound-sockets.ts';
import { admitted, closeServer, type Listener, listening, tlsServerOptions } from './stream-listener.ts';
import { SIP_SUBPROTOCOL } from './websocket-connection.ts';

/** Listens for WebSocket connections that speak the subprotocol `sip`; others get 400. @see RFC 7118 §4.1 */
export async function openWebSocketListener(
  point: ListenPoint,
  maxMessageBytes: number,
  sockets: InboundSockets,
  accept: (socket: WebSocket, request: IncomingMessage) => void,
): Promise<Listener> {
  const server = point.transport === 'wss' ? createHttpsServer(tlsServerOptions(point.tls)) : createHttpServer();
  const upgrades = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    handleProtocols: (offered) => (offered.has(SIP_SUBPROTOCOL) ? SIP_SUBPROTOCOL : false),
  });
  const own = admitted(server, sockets, true, () => undefined);
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('clientError', (_error, socket) => socket.destroy());
  server.on('request', (_request, response) =>
    response.writeHead(426, { 'content-length': '0', connection: 'close' }).end(),
  );
  server.on('upgrade', (request, socket, head) => {
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!offered.includes(SIP_SUBPROTOCOL)) {
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    upgrades.handleUpgrade(request, socket, head, (webSocket) => {
      sockets.completed(request.socket);
      accept(webSocket, request);
    });
  });
  const address = await listening(server, point);
  return {
    address,
    close: async () => {
      upgrades.close();
      await closeServer(server, own);
    },
  };
}
