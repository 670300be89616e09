import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LabService } from './lab.ts';
import { StoreFault } from './store-fault.ts';

/** What is served to other processes of this user. */
export const OPERATIONS = [
  'lease',
  'renew',
  'settle',
  'giveBack',
  'runs',
  'results',
  'history',
  'lateResults',
  'workers',
  'addRun',
  'addCells',
  'reap',
  'attend',
  'withdraw',
  'reopen',
  'settleUnserved',
  'endRun',
] as const satisfies readonly (keyof LabService)[];

/** An operation's answer as it goes over the wire. */
export type Answer =
  | { readonly value?: unknown }
  | { readonly fault: { readonly code: string; readonly message: string } };

const MOST_BYTES = 64 * 1024 * 1024;

/** Serves a lab that this process has open, on a port of the loopback, to who knows the token. */
export async function serveLab(lab: LabService, token: string): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => {
    answer(lab, token, request).then(
      ([status, body]) => send(response, status, body),
      () => send(response, 500, { fault: { code: 'store-failed', message: 'the request broke off' } }),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(lab: LabService, token: string, request: IncomingMessage): Promise<[number, Answer]> {
  const name = OPERATIONS.find((operation) => request.url === `/${operation}`);
  // A browser's page of another site cannot send this header without being asked for leave, which it is not given.
  if (!isEqual(request.headers.authorization ?? '', `Bearer ${token}`))
    return [401, { fault: { code: 'no-permission', message: 'the token is not this lab’s' } }];
  if (request.method !== 'POST' || name === undefined)
    return [404, { fault: { code: 'store-failed', message: 'no such operation' } }];
  try {
    const parameters = JSON.parse(await bodyOf(request)) as never[];
    const operation = lab[name] as (...all: never[]) => Promise<unknown>;
    return [200, { value: await operation.apply(lab, parameters) }];
  } catch (fault) {
    const code = fault instanceof StoreFault ? fault.code : 'store-failed';
    return [500, { fault: { code, message: fault instanceof Error ? fault.message : String(fault) } }];
  }
}

function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Uint8Array>) {
    bytes += part.length;
    if (bytes > MOST_BYTES) throw new Error(`more than ${MOST_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function send(response: ServerResponse, status: number, body: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
