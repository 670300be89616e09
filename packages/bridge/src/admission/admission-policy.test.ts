import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { ScriptedPeer } from '../scripted-peer-fixture.ts';
import { startBridge } from '../start-bridge.ts';

let resources = new AsyncDisposableStack();
afterEach(async () => {
  await resources.disposeAsync();
  resources = new AsyncDisposableStack();
});

/** A policy service that answers so; what it was asked. */
async function policy(answer: (asked: URLSearchParams) => { status?: number; body: string } | undefined) {
  const asked: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    const parameters = new URL(request.url ?? '', 'http://x').searchParams;
    asked.push(parameters);
    const given = answer(parameters);
    if (given) response.writeHead(given.status ?? 200).end(given.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  resources.defer(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/policy/v1/service/configuration` };
}

async function call(admission: { url: string; timeoutMs?: number; onFailure?: 'refuse' | 'admit' }) {
  const bridge = resources.use(await startBridge({ admission }));
  const target = bridge.addresses.udp;
  const called = resources.use(await ScriptedPeer.call({ name: 'Ines', target, headers: LYNC, videoLines: [] }));
  return { bridge, statusCode: called.statusCode, response: called.response };
}

const LYNC = [
  { name: 'Ms-Edge-Proxy-Message-Trust', value: 'ms-source-type=AutoFederation;ms-source-network=federation' },
];
const json = (value: unknown) => () => ({ body: JSON.stringify(value) });

it('asks about each call, keyed on the source network, and puts it where it is told', async () => {
  const { asked, url } = await policy(json({ action: 'continue', conference: 'elsewhere' }));
  const { bridge, statusCode } = await call({ url });
  expect(statusCode).toBe(200);
  expect(Object.fromEntries(asked[0] ?? [])).toMatchObject({
    source_network: 'federation',
    leg_class: 'audio-only',
    local_alias: 'meeting',
    remote_alias: 'sip:ines@test.example',
    remote_display_name: 'Ines',
    transport: 'udp',
  });
  const joined = await new Promise<unknown>((resolve) => {
    bridge.events.subscribe(({ type, data }) => type === 'participant.joined' && resolve(data), 0);
  });
  expect(joined).toMatchObject({ conference: 'elsewhere', participant: { legClass: 'audio-only' } });
});

it('refuses as it is told', async () => {
  const { url } = await policy(json({ action: 'reject', statusCode: 603, reason: 'Not today' }));
  const { statusCode, response } = await call({ url });
  expect([statusCode, response.reasonPhrase]).toEqual([603, 'Not today']);
});

it('redirects', async () => {
  const { url } = await policy(json({ action: 'redirect', uri: 'sip:lobby@other.example' }));
  const { statusCode, response } = await call({ url });
  expect(statusCode).toBe(302);
  expect(response.headers.find(({ name }) => name === 'Contact')?.value).toBe('<sip:lobby@other.example>');
});

it.each([
  ['an answer that is none', () => ({ body: '{"action":"maybe"}' })],
  ['no JSON', () => ({ body: '<html>' })],
  ['a fault of the service', () => ({ status: 500, body: '{"action":"continue"}' })],
  ['silence', () => undefined],
  ['a redirection out of SIP', json({ action: 'redirect', uri: 'https://evil.example' })],
])('takes %s for no decision: refused, or admitted where that is wished', async (_, answer) => {
  const { url } = await policy(answer);
  expect((await call({ url, timeoutMs: 300 })).statusCode).toBe(503);
  expect((await call({ url, timeoutMs: 300, onFailure: 'admit' })).statusCode).toBe(200);
});
