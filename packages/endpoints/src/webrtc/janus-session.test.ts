import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { JanusFault, JanusSession } from './janus-session.ts';

type Message = Record<string, unknown> & { janus: string; transaction: string };

/** A Janus that says what a test scripts. */
let server: WebSocketServer;
let client: WebSocket | undefined;
let script: (message: Message, say: (answer: unknown) => void) => void;
let closed: string[];

const url = (): string => `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** Sessions and handles like Janus: number 7, and 11. */
function asJanus(message: Message, say: (answer: unknown) => void): boolean {
  const id = { create: 7, attach: 11 }[message.janus];
  if (id === undefined) return false;
  say({ janus: 'success', transaction: message.transaction, data: { id } });
  return true;
}

beforeEach(async () => {
  closed = [];
  script = () => {};
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket) => {
    client = socket;
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as Message;
      const say = (answer: unknown): void => socket.send(typeof answer === 'string' ? answer : JSON.stringify(answer));
      if (!asJanus(message, say)) script(message, say);
    });
  });
  await new Promise((resolve) => server.once('listening', resolve));
});
afterEach(() => {
  for (const socket of server.clients) socket.terminate();
  server.close();
});

/** What an earlier test's session tells when its server goes is none of this one's. */
const open = (): Promise<JanusSession> => {
  const mine = closed;
  return JanusSession.open(url(), (reason) => mine.push(reason));
};

it('waits for the plugin’s own answer, past the acknowledgement and what else is told', async () => {
  const events: unknown[] = [];
  script = ({ transaction, session_id, handle_id, body }, say) => {
    if (session_id !== 7 || handle_id !== 11) return;
    say({ janus: 'ack', transaction });
    say({ janus: 'event', sender: 11, plugindata: { data: { publishers: [] } } });
    say({ janus: 'event', sender: 12, plugindata: { data: { strange: true } } });
    say({
      janus: 'event',
      sender: 11,
      transaction,
      plugindata: { data: { echo: body } },
      jsep: { type: 'answer', sdp: 'v=0' },
    });
  };
  const handle = await (await open()).attach('janus.plugin.videoroom', (event) => events.push(event));
  expect(await handle.ask({ request: 'join' }, { type: 'offer', sdp: 'v=0' })).toEqual({
    data: { echo: { request: 'join' } },
    jsep: { type: 'answer', sdp: 'v=0' },
  });
  expect(events).toEqual([{ data: { publishers: [] } }]);
});

it.each([
  ['Janus itself', { janus: 'error', error: { code: 458, reason: 'No such session' } }, 458, /No such session/],
  [
    'the plugin',
    { janus: 'event', plugindata: { data: { error_code: 426, error: 'No such room' } } },
    426,
    /No such room/,
  ],
  ['Janus, without saying why', { janus: 'error' }, 0, /without a reason/],
])('is refused by %s', async (_, answer, code, text) => {
  script = ({ transaction }, say) => say({ ...answer, transaction });
  const handle = await (await open()).attach('x');
  const fault = await handle.ask({}).catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(JanusFault);
  expect((fault as JanusFault).code).toBe(code);
  expect(String(fault)).toMatch(text);
});

it('is not led astray by what is no message', async () => {
  script = ({ transaction }, say) => {
    for (const text of ['', '{', 'null', '[]', '7', '{"janus":7}', '{"janus":"event","sender":{}}']) say(text);
    say({ janus: 'event', transaction, plugindata: 'none', jsep: { type: 'pranswer', sdp: 1 } });
  };
  expect(await (await (await open()).attach('x')).ask({})).toEqual({ data: {} });
});

it('tells when the connection goes, and what waited fails', async () => {
  script = () => client?.terminate();
  const session = await open();
  const handle = await session.attach('x');
  await expect(handle.ask({})).rejects.toThrow(/closed/);
  expect(closed).toEqual(['the connection was closed']);
});

it('ends by itself without being told', async () => {
  const session = await open();
  const said = new Promise<Message>((resolve) => {
    script = (message) => resolve(message);
  });
  session.close();
  expect((await said).janus).toBe('destroy');
  await new Promise((resolve) => client?.once('close', resolve));
  expect(closed).toEqual([]);
});

it('says where nobody is', async () => {
  const nowhere = url();
  await new Promise((resolve) => server.close(resolve));
  await expect(JanusSession.open(nowhere, () => {})).rejects.toThrow(/no Janus at/);
});
