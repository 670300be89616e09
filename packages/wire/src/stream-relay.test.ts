import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import { type StreamImpairment, VirtualClock } from '@plugfest/model';
import { afterEach, describe, expect, test } from 'vitest';
import { StreamRelay } from './stream-relay.ts';

const stack: AsyncDisposableStack[] = [];
afterEach(async () => {
  for (const one of stack.splice(0)) await one.disposeAsync();
});

interface Stage {
  readonly clock: VirtualClock;
  readonly relay: StreamRelay;
  readonly connect: () => Promise<Socket>;
}

/** Who listens gives back what it hears. */
async function stage(impairment: StreamImpairment): Promise<Stage> {
  const resources = new AsyncDisposableStack();
  stack.push(resources);
  const clock = new VirtualClock();
  const sockets = new Set<Socket>();
  const echo = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  resources.defer(() => new Promise<void>((resolve) => echo.close(() => resolve())));
  resources.defer(() => sockets.forEach((socket) => void socket.destroy()));
  const { port } = echo.address() as { port: number };
  const relay = resources.use(
    await StreamRelay.open({ host: '127.0.0.1', remote: `127.0.0.1:${port}`, clock, impairment }),
  );
  const connect = async (): Promise<Socket> => {
    const at = relay.address.lastIndexOf(':');
    const socket = createConnection({ host: '127.0.0.1', port: Number(relay.address.slice(at + 1)) });
    socket.on('error', () => {});
    resources.defer(() => void socket.destroy());
    await once(socket, 'connect');
    return socket;
  };
  return { clock, relay, connect };
}

/** Moves time on until there are so many bytes; the time that it took, in milliseconds. */
async function hears(
  clock: VirtualClock,
  socket: Socket,
  bytes: number,
  limitMs = 20_000,
): Promise<{ text: string; ms: number }> {
  let text = '';
  socket.on('data', (piece) => {
    text += String(piece);
  });
  const fromUs = clock.nowUs();
  // Bytes go through real sockets: several turns of the loop for each step of time.
  for (let ms = 0; ms < limitMs && text.length < bytes && !socket.destroyed; ms += 10) {
    for (let turn = 0; turn < 20 && text.length < bytes; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (text.length < bytes) clock.advanceMs(10);
  }
  return { text, ms: (clock.nowUs() - fromUs) / 1000 };
}

describe('a TCP stream through a relay', () => {
  test('comes through whole and in order, and ends where its sender ends it', async () => {
    const { clock, relay, connect } = await stage({});
    const socket = await connect();
    const sent = Array.from({ length: 4000 }, (_, i) => `${i} `).join('');
    socket.end(sent);
    expect((await hears(clock, socket, sent.length)).text).toBe(sent);
    expect(relay.counts).toMatchObject({ connections: 1, resets: 0, bytes: 2 * sent.length });
  });

  test('is late by its delay, each way', async () => {
    const { clock, connect } = await stage({ delayMs: 200 });
    const socket = await connect();
    socket.write('hello');
    const { text, ms } = await hears(clock, socket, 5);
    expect(text).toBe('hello');
    expect(ms).toBeGreaterThanOrEqual(400);
  });

  test('is as slow as its rate', async () => {
    const { clock, connect } = await stage({ rateBps: 80_000 });
    const socket = await connect();
    socket.write(Buffer.alloc(10_000, 'x'));
    expect((await hears(clock, socket, 10_000)).ms).toBeGreaterThanOrEqual(1000);
  });

  test('stands still in a stall, and loses nothing by it', async () => {
    const { clock, relay, connect } = await stage({ stall: { everyMs: 1000, lengthMs: 900 } });
    const socket = await connect();
    clock.advanceMs(500);
    socket.write('late');
    const { text, ms } = await hears(clock, socket, 4);
    expect(text).toBe('late');
    expect(ms).toBeGreaterThanOrEqual(400);
    expect(relay.counts.stalled).toBeGreaterThan(0);
  });

  test('is reset after so many bytes; the connection after it is not', async () => {
    const { clock, relay, connect } = await stage({ resetAfterBytes: 10 });
    const socket = await connect();
    const { promise: failed, resolve } = Promise.withResolvers<string | undefined>();
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    socket.write('more than ten bytes');
    await hears(clock, socket, 100, 500);
    expect(await failed).toBe('ECONNRESET');
    const again = await connect();
    again.write('and again, at length');
    expect((await hears(clock, again, 20)).text).toBe('and again, at length');
    expect(relay.counts).toMatchObject({ connections: 2, resets: 1 });
  });

  test('changes while it stands', async () => {
    const { clock, relay, connect } = await stage({ delayMs: 5000 });
    const socket = await connect();
    relay.set({});
    socket.write('now');
    expect((await hears(clock, socket, 3)).ms).toBeLessThan(1000);
  });
});
