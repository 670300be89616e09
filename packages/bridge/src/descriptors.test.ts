import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { spawnOwned } from '@plugfest/host';
import { header } from '@plugfest/sip';
import { expect, test } from 'vitest';
import { ScriptedPeer } from './scripted-peer-fixture.ts';

const host = '127.0.0.1';
/** Enough to start and for some calls, of four sockets and their leases each. */
const DESCRIPTORS = 96;

interface Listening {
  readonly addresses: { readonly udp: string; readonly tcp: string };
  readonly controlUrl: string;
}

test.skipIf(process.platform !== 'linux')(
  'out of descriptors a bridge refuses calls with 503, stays up for who is in, and takes calls again when there are some',
  { timeout: 20_000 },
  async () => {
    const script = `ulimit -n ${DESCRIPTORS}; exec "${process.execPath}" "${join(import.meta.dirname, 'main.ts')}"`;
    await using bridge = spawnOwned('/bin/sh', ['-c', script], { name: 'bridge', stdin: 'pipe' });
    const line = await new Promise<string>((resolve) =>
      createInterface({ input: bridge.stdout }).once('line', resolve),
    );
    const { addresses, controlUrl } = JSON.parse(line) as Listening;
    await using taken = new AsyncDisposableStack();
    const call = async () => taken.use(await ScriptedPeer.call({ name: 'Anna', target: addresses.udp }));

    const calls = [await call()];
    while (calls.at(-1)?.statusCode === 200 && calls.length < DESCRIPTORS) calls.push(await call());
    const refused = calls.pop();
    expect(calls.length).toBeGreaterThan(2);
    expect(refused?.statusCode).toBe(503);
    expect(refused && header(refused.response, 'Retry-After')).toBe('10');
    expect(calls.every(({ peer }) => peer.call.state === 'established')).toBe(true);

    // Connections that nobody can accept now do not end the listener.
    const [, port] = addresses.tcp.split(':');
    const idle = Array.from({ length: 50 }, () => connect({ host, port: Number(port) }).on('error', () => undefined));
    for (const { peer } of calls) await peer.call.bye();
    for (const socket of idle) socket.destroy();
    const again = async (): Promise<number> => (await call()).statusCode;
    await expect.poll(again, { timeout: 5000, interval: 200 }).toBe(200);
    expect((await fetch(`${controlUrl}/statistics`)).status).toBe(200);
    bridge.stdin?.end();
    expect((await bridge.exited).code).toBe(0);
  },
);
