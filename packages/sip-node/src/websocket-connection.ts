import { isUtf8 } from 'node:buffer';
import { parseMessage } from '@plugfest/sip';
import type { RawData, WebSocket } from 'ws';
import { Connection, type ConnectionContext } from './connection.ts';

/** The WebSocket subprotocol of SIP. */
export const SIP_SUBPROTOCOL = 'sip';

/** A WebSocket connection: one SIP message a WebSocket message. @see RFC 7118 §5 */
export class WebSocketConnection extends Connection {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket, context: ConnectionContext) {
    super(context);
    this.#socket = socket;
    socket.on('message', (data) => this.#receive(bytesOf(data)));
    socket.on('error', () => this.close());
    socket.on('close', () => this.close());
  }

  send(bytes: Uint8Array): void {
    if (this.closed) return;
    this.#socket.send(bytes, { binary: !isUtf8(bytes) }, () => undefined);
    this.checkPending(this.#socket.bufferedAmount);
    this.context.events.sent(bytes, this);
  }

  #receive(bytes: Uint8Array): void {
    if (this.closed) return;
    this.heard();
    this.charge(1);
    if (bytes.every((byte) => byte === 13 || byte === 10)) {
      if (bytes.length >= 4) this.#socket.send('\r\n');
      this.checkPending(this.#socket.bufferedAmount);
      return;
    }
    this.messageArrived();
    const parsed = parseMessage(bytes);
    if (parsed.ok) this.context.events.received(parsed.value, bytes, this);
    else {
      this.context.events.faulted(parsed.error, this);
      this.close();
    }
  }

  protected destroy(): void {
    this.#socket.terminate();
  }

  protected ping(): void {
    this.#socket.send('\r\n\r\n', () => undefined);
  }

  protected pause(): void {
    this.#socket.pause();
  }

  protected resume(): void {
    this.#socket.resume();
  }
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
