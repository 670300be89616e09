import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { leaseTcpPort, type PortLease } from '@plugfest/host';

/** A word that a call sent to the owner of its process (`tell`). */
export interface SippCommand {
  readonly callId: string;
  readonly command: string;
}

/** SIPp ends each word of its third-party call control with ESC. */
const END = '\x1b';
const LONGEST_WORD = 65_536;

/** The other end of SIPp's third-party call control: a TCP connection that SIPp opens, over which calls and their owner talk. */
export class CommandChannel implements AsyncDisposable {
  readonly #server: Server;
  readonly #lease: PortLease;
  readonly #take: (command: SippCommand) => void;
  readonly #connected = Promise.withResolvers<Socket>();
  #socket: Socket | undefined;
  #rest = '';

  private constructor(server: Server, lease: PortLease, take: (command: SippCommand) => void) {
    this.#server = server;
    this.#lease = lease;
    this.#take = take;
    server.on('connection', (socket) => this.#accept(socket));
  }

  /** @throws PortsExhausted */
  static async open(host: string, take: (command: SippCommand) => void): Promise<CommandChannel> {
    const lease = await leaseTcpPort(host);
    const server = createServer();
    server.listen(lease.ports[0], host);
    try {
      await once(server, 'listening');
    } catch (fault) {
      lease.release();
      throw fault;
    }
    return new CommandChannel(server, lease, take);
  }

  get port(): number {
    return this.#lease.ports[0] ?? 0;
  }

  /** Says a word to a call that waits for one (`awaitCommand`). */
  async say(callId: string, command: string): Promise<void> {
    const socket = await this.#connected.promise;
    socket.write(`Call-ID: ${callId}\r\nCommand: ${command}\r\n\r\n${END}`, 'latin1');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket?.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    this.#lease.release();
  }

  /** One process, one connection. */
  #accept(socket: Socket): void {
    if (this.#socket) {
      socket.destroy();
      return;
    }
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.setNoDelay(true);
    socket.on('data', (text) => this.#read(String(text)));
    socket.on('error', () => {});
    this.#connected.resolve(socket);
  }

  #read(text: string): void {
    const words = (this.#rest + text).split(END);
    this.#rest = (words.pop() ?? '').slice(-LONGEST_WORD);
    for (const word of words) {
      const callId = /^Call-ID:\s*(\S+)/im.exec(word)?.[1];
      const command = /^Command:\s*(\S+)/im.exec(word)?.[1];
      if (callId !== undefined && command !== undefined) this.#take({ callId, command });
    }
  }
}
