import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { hostClock } from '@plugfest/host';
import { seededRandom } from '@plugfest/model';
import { header, parseMessage, type SipMessage } from '@plugfest/sip';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { openUserAgent, sdp } from './loopback-fixture.ts';
import { Registrar } from './registrar.ts';
import type { IncomingSession } from './session.ts';
import type { UserAgent } from './user-agent.ts';

const DATA = path.resolve(import.meta.dirname, '../../../../shared/data/sip/rfc7118-flows');
const present = existsSync(DATA);
if (!present) console.log(`skipped, the messages of RFC 7118: ${DATA} is absent`);

let server: UserAgent;
beforeEach(async () => {
  server = await openUserAgent({ listen: [{ transport: 'ws', host: '127.0.0.1' }], aor: 'sip:proxy@example.com' });
  const opened = server;
  onTestFinished(() => opened.close());
});

/** A client that nobody here wrote: Node's own WebSocket. What it is sent, a frame each. */
async function connect(protocols: string[] = ['sip']): Promise<{
  readonly socket: WebSocket;
  readonly frames: string[];
  readonly closed: Promise<void>;
}> {
  const [address] = server.addresses;
  const socket = new WebSocket(`ws://${address?.host}:${address?.port}/`, protocols);
  socket.binaryType = 'arraybuffer';
  onTestFinished(() => socket.close());
  const frames: string[] = [];
  socket.addEventListener('message', ({ data }) =>
    frames.push(typeof data === 'string' ? data : Buffer.from(data).toString()),
  );
  const closed = new Promise<void>((resolve) => socket.addEventListener('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', () => reject(new Error('no connection')));
  });
  return { socket, frames, closed };
}

function message(frame: string | undefined): SipMessage {
  const parsed = parseMessage(Buffer.from(frame ?? ''));
  if (!parsed.ok) throw new Error(`${parsed.error.text}: ${frame}`);
  return parsed.value;
}

const INVALID = 'df7jal23ls0d.invalid';
const request = (method: string, sequence: number, more: readonly string[] = [], body = ''): string =>
  [
    `${method} sip:room@example.com SIP/2.0`,
    `Via: SIP/2.0/WS ${INVALID};branch=z9hG4bK${method}${sequence}`,
    'From: <sip:alice@example.com>;tag=1',
    ...(more.some((line) => line.startsWith('To:')) ? [] : ['To: <sip:room@example.com>']),
    `Call-ID: ws-${method === 'OPTIONS' ? 'o' : 'c'}`,
    `CSeq: ${sequence} ${method}`,
    'Max-Forwards: 70',
    `Contact: <sip:alice@${INVALID};transport=ws;ob>`,
    ...more,
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');

describe('SIP over WebSocket (RFC 7118)', () => {
  test('the subprotocol sip is agreed on; without it there is no connection', async () => {
    const { socket } = await connect(['xmpp', 'sip']);
    expect(socket.protocol).toBe('sip');
    await expect(connect([])).rejects.toThrow();
    await expect(connect(['xmpp'])).rejects.toThrow();
  });

  test('a message a frame, as text or binary; Via keeps the name that nobody resolves', async () => {
    const { socket, frames } = await connect();
    socket.send(request('OPTIONS', 1));
    socket.send(Buffer.from(request('OPTIONS', 2)));
    await expect.poll(() => frames.length).toBe(2);
    for (const [at, frame] of frames.entries()) {
      const answer = message(frame);
      expect([answer.kind === 'response' && answer.statusCode, header(answer, 'CSeq')]).toEqual([
        200,
        `${at + 1} OPTIONS`,
      ]);
      expect(header(answer, 'Via')).toContain(`SIP/2.0/WS ${INVALID};branch=z9hG4bKOPTIONS${at + 1}`);
      expect(frame.match(/SIP\/2\.0 /g)).toHaveLength(1);
    }
  });

  test('a message over two frames is none: the halves are not joined, and what is no message closes the connection', async () => {
    const { socket, frames, closed } = await connect();
    const whole = request('OPTIONS', 1);
    socket.send(whole.slice(0, 60));
    socket.send(whole.slice(60));
    await closed;
    expect(frames.filter((frame) => frame.startsWith('SIP/2.0 200'))).toEqual([]);
  });

  test('a ping is answered with a pong', async () => {
    const { socket, frames } = await connect();
    socket.send('\r\n\r\n');
    await expect.poll(() => frames).toEqual(['\r\n']);
  });

  test('a call: requests to a Contact of .invalid come over its connection', async () => {
    const incoming: IncomingSession[] = [];
    server.onInvite = (session) => {
      incoming.push(session);
      session.accept(sdp('answer'));
    };
    const { socket, frames } = await connect();
    socket.send(request('INVITE', 1, ['Content-Type: application/sdp'], 'offer'));
    await expect.poll(() => frames.some((frame) => frame.startsWith('SIP/2.0 200'))).toBe(true);
    const accepted = message(frames.find((frame) => frame.startsWith('SIP/2.0 200')));
    expect(header(accepted, 'Contact')).toContain(';transport=ws');
    socket.send(request('ACK', 1, [`To: ${header(accepted, 'To')}`]));
    await incoming[0]?.acked;
    void incoming[0]?.bye();
    await expect.poll(() => frames.at(-1)?.split('\r\n')[0]).toBe(`BYE sip:alice@${INVALID};transport=ws;ob SIP/2.0`);
    expect(header(message(frames.at(-1)), 'Via')).toContain('SIP/2.0/WS ');
  });
});

describe.skipIf(!present)('the messages of RFC 7118 §8', () => {
  const texts = present ? readdirSync(DATA).filter((file) => file.endsWith('.sip')) : [];

  test('its REGISTER is taken by a registrar of that domain, and answered over the same connection', async () => {
    const registrar = new Registrar({
      clock: hostClock,
      random: seededRandom(1),
      domains: ['proxy.example.com', 'example.com'],
    });
    server.onRequest = (asked, flow) => registrar.handle(asked, flow);
    const { socket, frames } = await connect();
    socket.send(readFileSync(path.join(DATA, '8-1-F3-line484.sip'), 'latin1'));
    await expect.poll(() => frames.length).toBe(1);
    const answer = message(frames[0]);
    expect(answer.kind === 'response' && answer.statusCode).toBe(200);
    expect(header(answer, 'Via')).toContain(INVALID);
    expect(registrar.lookup('sip:alice@example.com')).toHaveLength(1);
  });

  test('each of them is read, one frame each', () => {
    expect(texts.length).toBe(13);
    const unread = texts.filter((file) => !parseMessage(readFileSync(path.join(DATA, file))).ok);
    // As printed they lack the octets that their Content-Length counts.
    for (const file of unread) expect(readFileSync(path.join(DATA, file), 'latin1')).toMatch(/Content-Length: [1-9]/);
  });
});
