import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WhipRelay } from './whip-relay.ts';

let resources: AsyncDisposableStack;
beforeEach(() => {
  resources = new AsyncDisposableStack();
});
afterEach(() => resources.disposeAsync());

/** Says how it was asked, in the words of the wire. */
const wire = {
  rewriteLocal: (sdp: string, line = 0): string => `${sdp} by line ${line}`,
  rewriteRemote: (sdp: string, line = 0): string => `${sdp} to line ${line}`,
};

interface Asked {
  readonly request: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

async function openRelay(asked: Asked[]): Promise<{ url: string; close: () => void }> {
  const bridge = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
    const { method, url, headers } = request;
    asked.push({ request: `${method} ${url}`, body: Buffer.concat(pieces).toString(), headers });
    const isOffer = headers['content-type'] === 'application/sdp';
    response.writeHead(isOffer ? 201 : 204, isOffer ? { 'content-type': 'application/sdp', etag: '"1"' } : {});
    response.end(isOffer ? 'theirs' : undefined);
  });
  await new Promise<void>((resolve) => bridge.listen(0, '127.0.0.1', resolve));
  const close = (): void => void bridge.close().closeAllConnections();
  resources.defer(close);
  const { port } = bridge.address() as AddressInfo;
  const { url } = resources.use(await WhipRelay.open(`http://127.0.0.1:${port}`, wire));
  return { url, close };
}

it('gives publisher and viewer lines of their own, both ways', async () => {
  const asked: Asked[] = [];
  const { url } = await openRelay(asked);
  for (const [kind, line] of [
    ['whip', 0],
    ['whep', 2],
  ] as const) {
    const headers = { 'content-type': 'application/sdp', authorization: 'Bearer word' };
    const response = await fetch(`${url}/${kind}/room?user=a`, { method: 'POST', headers, body: 'ours' });
    expect([response.status, response.headers.get('etag'), await response.text()]).toEqual([
      201,
      '"1"',
      `theirs to line ${line}`,
    ]);
    expect(asked.at(-1)).toMatchObject({ request: `POST /${kind}/room?user=a`, body: `ours by line ${line}` });
    expect(asked.at(-1)?.headers.authorization).toBe('Bearer word');
  }
});

it('leaves all else as it is, and tells of a bridge that is not there', async () => {
  const asked: Asked[] = [];
  const { url, close } = await openRelay(asked);
  const headers = { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': '"1"' };
  expect((await fetch(`${url}/whep/room/s`, { method: 'PATCH', headers, body: 'a=x' })).status).toBe(204);
  expect(asked[0]).toMatchObject({ request: 'PATCH /whep/room/s', body: 'a=x', headers: { 'if-match': '"1"' } });
  close();
  expect((await fetch(`${url}/whip/room/s`, { method: 'DELETE' })).status).toBe(502);
});
