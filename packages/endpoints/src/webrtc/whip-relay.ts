import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MediaWire } from '@plugfest/wire';

/** What of the wire a relay uses. */
type Rewriter = Pick<MediaWire, 'rewriteLocal' | 'rewriteRemote'>;

/** M-lines of one session: its sound and its picture. */
const LINES = 2;
/** A person's two sessions. */
export const WHIP_LINES = 2 * LINES;

/** Of one connection only, or said anew by who passes the message on. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'host', 'accept-encoding'];

/**
 * WHIP and WHEP between a WebRTC client and the bridge, with the wire put into the descriptions that pass: the first lines of it are the publisher's, the others the
 * viewer's. What pages of other sites are told is the bridge's to say.
 */
export class WhipRelay implements AsyncDisposable {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(bridgeUrl: string, wire: Rewriter, host = '127.0.0.1'): Promise<WhipRelay> {
    const server = createServer((request, response) => {
      pass(request, response, bridgeUrl, wire).catch((fault: Error) => {
        response.writeHead(502, { 'content-type': 'text/plain' });
        response.end(fault.message);
      });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, host, resolve);
    });
    return new WhipRelay(server);
  }

  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${address}:${port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}

async function pass(
  request: IncomingMessage,
  response: ServerResponse,
  bridgeUrl: string,
  wire: Rewriter,
): Promise<void> {
  const { method = '', url = '/' } = request;
  const firstLine = url.startsWith('/whep/') ? LINES : 0;
  const body = await textOf(request);
  const isOffer = isSdp(request.headers['content-type']);
  const answer = await fetch(`${bridgeUrl}${url}`, {
    method,
    headers: passedOn(Object.entries(request.headers).map(([name, value = '']) => [name, String(value)] as const)),
    ...(body === '' ? {} : { body: isOffer ? wire.rewriteLocal(body, firstLine) : body }),
  });
  const text = await answer.text();
  response.writeHead(answer.status, passedOn([...answer.headers]));
  response.end(isSdp(answer.headers.get('content-type')) ? wire.rewriteRemote(text, firstLine) : text);
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces).toString('latin1');
}

function isSdp(contentType: string | null | undefined): boolean {
  return contentType?.startsWith('application/sdp') === true;
}

function passedOn(headers: readonly (readonly [name: string, value: string])[]): Record<string, string> {
  return Object.fromEntries(headers.filter(([name]) => !HOP_BY_HOP.includes(name)));
}
