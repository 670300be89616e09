import { createSocket } from 'node:dgram';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { hostClock } from '@plugfest/host';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { openUserAgent } from './loopback-fixture.ts';
import { SipTransportLayer } from './transport-layer.ts';
import type { UserAgent } from './user-agent.ts';

const ROOT = fileURLToPath(new URL('../../../../shared/data/sip/rfc4475/', import.meta.url));
const present = existsSync(ROOT);
if (!present) console.log(`skipped: no test data at ${ROOT}`);
const host = '127.0.0.1';

let server: UserAgent;
beforeAll(async () => {
  server = await openUserAgent({
    listen: [
      { transport: 'udp', host },
      { transport: 'tcp', host },
      { transport: 'ws', host },
    ],
  });
});
afterAll(() => server.close());

function portOf(transport: string): number {
  return server.addresses.find((address) => address.transport === transport)?.port ?? 0;
}

/** Sends bytes over TCP in segments, and collects what comes back until the peer closes or `until` is seen. */
async function talk(
  bytes: Uint8Array,
  segmentBytes: number,
  until: RegExp,
): Promise<{ answer: string; closed: boolean }> {
  const socket: Socket = connect({ host, port: portOf('tcp'), noDelay: true });
  let answer = '';
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.on('data', (data) => {
    answer += data.toString('latin1');
    if (until.test(answer)) resolve(false);
  });
  socket.on('close', () => resolve(true));
  socket.on('error', () => undefined);
  for (let at = 0; at < bytes.length; at += segmentBytes) socket.write(bytes.subarray(at, at + segmentBytes));
  const closed = await promise;
  socket.destroy();
  return { answer, closed };
}

const OPTIONS = Buffer.from(
  `OPTIONS sip:x@${host} SIP/2.0\r\nVia: SIP/2.0/TCP ${host}:9;branch=z9hG4bKcontrol;rport\r\nMax-Forwards: 70\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: control\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`,
);

describe.skipIf(!present)('RFC 4475: the status on the wire', () => {
  const cases = (present ? readdirSync(ROOT) : [])
    .filter((file) => file.endsWith('.json'))
    .map(
      (file) =>
        JSON.parse(readFileSync(ROOT + file, 'utf8')) as {
          name: string;
          kind: string;
          parse: string;
          uas_status: number[] | null;
        },
    )
    .filter(({ kind, parse, name }) => kind === 'request' && parse === 'reject' && name !== 'clerr');

  test.each(cases)('$name over TCP, byte by byte: $uas_status', async ({ name, uas_status }) => {
    const { answer } = await talk(readFileSync(`${ROOT}${name}.sip`), 1, /\r\n\r\n/);
    const statusCode = Number(/^SIP\/2\.0 (\d+)/.exec(answer)?.[1]);
    expect(uas_status).toContain(statusCode);
    expect((await talk(OPTIONS, 7, /\r\n\r\n/)).answer).toMatch(/^SIP\/2\.0 200 /);
  });

  test.each([...cases, { name: 'clerr', uas_status: [400] }])(
    '$name over UDP: $uas_status',
    async ({ name, uas_status }) => {
      const socket = createSocket('udp4');
      const answered = new Promise<string>((resolve) =>
        socket.once('message', (bytes) => resolve(bytes.toString('latin1'))),
      );
      socket.send(readFileSync(`${ROOT}${name}.sip`), portOf('udp'), host);
      expect(uas_status).toContain(Number(/^SIP\/2\.0 (\d+)/.exec(await answered)?.[1]));
      socket.close();
    },
  );
});

describe('connections', () => {
  test('a CRLF ping gets its pong; two requests in one segment get two answers', async () => {
    expect((await talk(Buffer.from('\r\n\r\n'), 1, /\r\n/)).answer).toBe('\r\n');
    const other = Buffer.from(OPTIONS.toString().replace('z9hG4bKcontrol', 'z9hG4bKsecond'));
    const { answer } = await talk(Buffer.concat([OPTIONS, other]), 10_000, /200 OK[\s\S]*200 OK[\s\S]*\r\n\r\n/);
    expect(answer.match(/SIP\/2\.0 200 OK/g)).toHaveLength(2);
  });

  test('garbage ends the connection, not the listener', async () => {
    expect((await talk(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), 5, /never/)).closed).toBe(true);
    expect((await talk(OPTIONS, 1460, /\r\n\r\n/)).answer).toMatch(/^SIP\/2\.0 200 /);
  });

  test('silence and half messages are cut off, and beyond the limit the one that is silent longest makes room', async () => {
    await using layer = await SipTransportLayer.open({
      clock: hostClock,
      listen: [{ transport: 'tcp', host }],
      limits: { idleBeforeFirstMessageMs: 100, maxConnections: 2 },
    });
    const port = layer.addresses[0]?.port ?? 0;
    const closed = [0, 1, 2].map(
      (i) =>
        new Promise<number>((resolve) => {
          const socket = connect({ host, port }, () => i === 1 && socket.write('INVITE sip:'));
          socket.on('error', () => undefined);
          socket.on('close', () => resolve(i));
        }),
    );
    expect(await Promise.race(closed)).toBe(0);
    await Promise.all(closed);
    expect(layer.connectionCount).toBe(0);
    expect(layer.counters).toMatchObject({ connectionsDisplaced: 1, silentConnectionsCut: 2, connectionsRefused: 0 });
  });

  test('a WebSocket without the subprotocol sip is refused', async () => {
    const socket = new WebSocket(`ws://${host}:${portOf('ws')}/`);
    const status = await new Promise((resolve) => {
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
      socket.on('error', () => undefined);
    });
    expect(status).toBe(400);
  });
});
