import type { Socket } from 'node:net';
import { StreamFramer } from '@plugfest/sip';
import { Connection, type ConnectionContext } from './connection.ts';

const PING = Buffer.from('\r\n\r\n');
const PONG = Buffer.from('\r\n');

/** A TCP or TLS connection. Answers CRLF pings, cuts peers that do not read or do not finish their messages. @see RFC 3261 §18.3, RFC 5626 §4.4.1 */
export class StreamConnection extends Connection {
  readonly #socket: Socket;
  readonly #framer: StreamFramer;

  constructor(socket: Socket, context: ConnectionContext) {
    super(context);
    this.#socket = socket;
    this.#framer = new StreamFramer(context.limits.maxMessageBytes);
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.#receive(bytes));
    socket.on('error', () => this.close());
    socket.on('close', () => this.close());
    socket.on('end', () => this.close());
  }

  send(bytes: Uint8Array): void {
    if (this.closed) return;
    this.#write(bytes);
    this.context.events.sent(bytes, this);
  }

  #write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
    this.checkPending(this.#socket.writableLength);
  }

  #receive(bytes: Uint8Array): void {
    if (this.closed) return;
    this.heard();
    const items = this.#framer.push(bytes);
    if (!items.ok) {
      this.context.events.faulted(items.error, this);
      this.close();
      return;
    }
    // Keep-alives alone are no reason to keep somebody who never said what he wants.
    if (items.value.some((item) => item !== 'keep-alive')) this.messageArrived();
    for (const item of items.value) {
      if (item === 'keep-alive') this.#write(PONG);
      else this.context.events.received(item, this.#framer.bytesOf(item) ?? new Uint8Array(0), this);
    }
    if (this.#framer.lost !== undefined) this.#hangUp();
    else if (this.#framer.pendingBytes > 0) this.expectMessage();
    this.charge(items.value.length);
  }

  /** Framing is lost: what was answered still goes out, then the connection ends. */
  #hangUp(): void {
    this.#socket.end(() => this.close());
  }

  protected destroy(): void {
    this.#socket.destroy();
  }

  protected ping(): void {
    this.#write(PING);
  }

  protected pause(): void {
    this.#socket.pause();
  }

  protected resume(): void {
    this.#socket.resume();
  }
}
