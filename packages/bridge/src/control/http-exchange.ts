import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Bridge } from '../bridge.ts';
import { Problem } from './problem.ts';

const MAX_BODY_BYTES = 64 * 1024;
/** After these the rest of the body would still come: the connection is of no more use. */
const IN_MID_BODY: readonly number[] = [408, 413];

/** The whole body of a request. @throws Problem 408, 413 */
export async function readBody(request: IncomingMessage, timeoutMs: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  const late = new Problem(408, `the body took more than ${timeoutMs / 1000} s`);
  const done = Promise.withResolvers<void>();
  const timer = setTimeout(() => done.reject(late), timeoutMs);
  const take = (piece: Buffer): void => {
    size += piece.length;
    pieces.push(piece);
    if (size > MAX_BODY_BYTES) done.reject(new Problem(413, `the body is larger than ${MAX_BODY_BYTES} bytes`));
  };
  const cut = (): void => done.reject(new Problem(400, 'the body ends too early'));
  request.on('data', take).once('end', done.resolve).once('error', cut).once('close', cut);
  try {
    await done.promise;
  } finally {
    clearTimeout(timer);
    request.off('data', take);
  }
  return Buffer.concat(pieces);
}

export function sendReply(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string | readonly string[]>>,
  body?: string,
): void {
  if (response.destroyed) return;
  response.writeHead(status, { ...headers } as Record<string, string | string[]>);
  response.end(body);
}

/** A fault of ours is told to who watches, not to who asked. @see RFC 9457 */
export function sendProblem(
  bridge: Bridge,
  response: ServerResponse,
  error: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const { status, message: detail, headers: own } = problemOf(bridge, error);
  const problem = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail };
  const connection: Record<string, string> = IN_MID_BODY.includes(status) ? { connection: 'close' } : {};
  const all = { ...headers, ...own, ...connection, 'content-type': 'application/problem+json' };
  sendReply(response, status, all, JSON.stringify(problem));
}

function problemOf(bridge: Bridge, error: unknown): Problem {
  if (error instanceof Problem) return error;
  bridge.events.emit('bridge.fault', { message: error instanceof Error ? (error.stack ?? error.message) : `${error}` });
  return new Problem(500, 'internal error');
}
