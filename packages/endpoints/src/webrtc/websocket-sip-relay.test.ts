import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { rewriteBody, WebSocketSipRelay } from './websocket-sip-relay.ts';

const wire = {
  rewriteLocal: (sdp: string): string => sdp.replace('c=IN IP4 127.0.0.1', 'c=IN IP4 127.0.0.2 (to the bridge)'),
  rewriteRemote: (sdp: string): string => sdp.replace('c=IN IP4 127.0.0.1', 'c=IN IP4 127.0.0.3'),
};
const invite = (body: string, type = 'application/sdp'): string =>
  [
    'INVITE sip:room@bridge.example SIP/2.0',
    'Via: SIP/2.0/WS x.invalid;branch=z9hG4bK1',
    'From: "Chloé" <sip:a@x.example>;tag=1',
    'To: <sip:room@bridge.example>',
    'Call-ID: 1',
    'CSeq: 1 INVITE',
    'Max-Forwards: 70',
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
const SDP = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=Chloé\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n';

it('puts the rewritten description into a message and counts its bytes anew', () => {
  const rewritten = rewriteBody(Buffer.from(invite(SDP)), wire.rewriteLocal).toString('utf8');
  const body = SDP.replace('c=IN IP4 127.0.0.1', 'c=IN IP4 127.0.0.2 (to the bridge)');
  expect(rewritten.split('\r\n\r\n')[1]).toBe(body);
  expect(rewritten).toContain(`Content-Length: ${Buffer.byteLength(body)}\r\n`);
  expect(rewritten).toContain('From: "Chloé" <sip:a@x.example>;tag=1\r\n');
});

it.each([
  ['a message without a body', invite('').replace(/Content-Type.*\r\n/, '')],
  ['a body of another type', invite(SDP, 'text/plain')],
  ['what is no SIP', 'GET / HTTP/1.1\r\n\r\n'],
  ['a keep-alive', '\r\n\r\n'],
  ['nothing', ''],
])('leaves %s as it came', (_, text) => {
  const bytes = Buffer.from(text);
  expect(rewriteBody(bytes, () => 'rewritten').equals(bytes)).toBe(true);
});

async function bridge(): Promise<{ url: string; server: WebSocketServer }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => 'sip' });
  await once(server, 'listening');
  return { server, url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

it('carries messages both ways, each with the wire in its description, text as text and binary as binary', async () => {
  const { server, url } = await bridge();
  const heard: string[] = [];
  server.on('connection', (socket) =>
    socket.on('message', (data: Buffer, isBinary) => {
      heard.push(`${isBinary ? 'binary' : 'text'} ${data.toString('utf8')}`);
      socket.send(invite(SDP), { binary: isBinary });
    }),
  );
  await using relay = await WebSocketSipRelay.open(url, wire);
  const first = new WebSocket(relay.url, 'sip');
  await once(first, 'open');
  first.close();
  // The first client's connection to the bridge stood already; this one's opens while it speaks.
  const client = new WebSocket(relay.url, 'sip');
  const answered = once(client, 'message');
  await once(client, 'open');
  client.send(invite(SDP));
  const [answer, isBinary] = (await answered) as [Buffer, boolean];
  expect(client.protocol).toBe('sip');
  expect(isBinary).toBe(false);
  expect(answer.toString()).toContain('c=IN IP4 127.0.0.3\r\n');
  client.send(Buffer.from(invite(SDP)));
  expect(((await once(client, 'message')) as [Buffer, boolean])[1]).toBe(true);
  expect(heard.map((text) => text.slice(0, 11))).toEqual(['text INVITE', 'binary INVI']);
  expect(heard[0]).toContain('(to the bridge)');
  server.close();
});

it('ends the one side when the other goes', async () => {
  const { server, url } = await bridge();
  const joined = once(server, 'connection');
  await using relay = await WebSocketSipRelay.open(url, wire);
  const [atBridge] = (await joined) as [WebSocket];
  const client = new WebSocket(relay.url, 'sip');
  await once(client, 'open');
  client.close();
  await once(atBridge, 'close');
  const joinedAgain = once(server, 'connection');
  const second = new WebSocket(relay.url, 'sip');
  const [atBridgeAgain] = (await joinedAgain) as [WebSocket];
  atBridgeAgain.close();
  await once(second, 'close');
  server.close();
});

it('says at once that there is no bridge, or that it went away', async () => {
  const { server, url } = await bridge();
  await using relay = await WebSocketSipRelay.open(url, wire);
  for (const client of server.clients) client.terminate();
  server.close();
  await once(server, 'close');
  const late = new WebSocket(relay.url, 'sip');
  await once(late, 'close');
  await expect(WebSocketSipRelay.open(url, wire)).rejects.toThrow(/no SIP over WebSocket at .*ECONNREFUSED/);
});

it('refuses a message that is longer than SIP needs', async () => {
  const { server, url } = await bridge();
  await using relay = await WebSocketSipRelay.open(url, wire);
  const client = new WebSocket(relay.url, 'sip');
  await once(client, 'open');
  client.send(Buffer.alloc(1 << 17));
  const [code] = (await once(client, 'close')) as [number];
  expect([1006, 1009]).toContain(code);
  server.close();
});
