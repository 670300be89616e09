import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { JanusRelay } from './janus-relay.ts';
import { JanusSession } from './janus-session.ts';

const resources = new AsyncDisposableStack();
afterEach(() => resources.disposeAsync());

it('gives each peer connection lines of its own, both ways, and leaves all else as it is', async () => {
  const heard: { body?: unknown; sdp?: unknown }[] = [];
  const janus = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => 'janus-protocol' });
  resources.defer(() => void janus.close());
  let handles = 0;
  janus.on('connection', (socket: WebSocket) => {
    socket.on('message', (data) => {
      const { janus, transaction, handle_id, body, jsep } = JSON.parse(String(data));
      if (janus === 'create' || janus === 'attach')
        return socket.send(JSON.stringify({ janus: 'success', transaction, data: { id: 100 + handles++ } }));
      if (janus !== 'message') return;
      heard.push({ body, sdp: jsep?.sdp });
      const answer = { janus: 'event', sender: handle_id, transaction, plugindata: { data: { body } } };
      socket.send(JSON.stringify({ ...answer, ...(jsep ? { jsep: { type: 'answer', sdp: 'theirs' } } : {}) }));
    });
  });
  await new Promise((resolve) => janus.once('listening', resolve));
  const url = `ws://127.0.0.1:${(janus.address() as AddressInfo).port}`;
  const wire = {
    rewriteLocal: (sdp: string, line = 0): string => `${sdp} by line ${line}`,
    rewriteRemote: (sdp: string, line = 0): string => `${sdp} to line ${line}`,
  };
  const relay = resources.use(await JanusRelay.open(url, wire));
  const session = await JanusSession.open(relay.url, () => {});
  resources.defer(() => session.close());

  for (const line of [0, 1, 2]) {
    const handle = await session.attach('janus.plugin.any');
    const { jsep } = await handle.ask({ n: line }, { type: 'offer', sdp: 'ours' });
    expect(heard.at(-1)).toEqual({ body: { n: line }, sdp: `ours by line ${line}` });
    expect(jsep).toEqual({ type: 'answer', sdp: `theirs to line ${line}` });
    expect(await handle.ask({ Grüße: '„so“' })).toEqual({ data: { body: { Grüße: '„so“' } } });
  }
});
