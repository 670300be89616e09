import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { cseqOf, parseMessage, type SipResponse, StreamFramer, topVia } from '@plugfest/sip';
import { beforeEach, describe, expect, test } from 'vitest';
import { type RunningBridge, startBridge } from './start-bridge.ts';

const ROOT = fileURLToPath(new URL('../../../../shared/data/sip/', import.meta.url));
const present = existsSync(ROOT);
if (!present) console.log(`skipped: no test data at ${ROOT}`);

interface Sidecar {
  readonly name: string;
  readonly parse: string;
  readonly uas_status: number[] | null;
}

interface Torture extends Sidecar {
  readonly bytes: Buffer;
  /** The port that its sender says to answer to. @see RFC 3261 §18.2.2 */
  readonly port: number;
  readonly isRequest: boolean;
}

function torturesIn(folder: string): Torture[] {
  return readdirSync(ROOT + folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => {
      const sidecar = JSON.parse(readFileSync(`${ROOT}${folder}/${name}`, 'utf8')) as Sidecar;
      const bytes = readFileSync(`${ROOT}${folder}/${sidecar.name}.sip`);
      const parsed = parseMessage(bytes);
      const via = parsed.ok ? topVia(parsed.value) : undefined;
      return { ...sidecar, bytes, port: via?.port ?? 5060, isRequest: parsed.ok && parsed.value.kind === 'request' };
    });
}

const TORTURES = present ? [...torturesIn('rfc4475'), ...torturesIn('rfc5118')] : [];
/** A second request stands behind the first: extra octets in a datagram, a request of its own in a stream. @see RFC 4475 §3.1.1.8 */
const TWO_IN_A_STREAM: readonly string[] = ['dblreq'];
/** Content-Length is what is wrong, or the last empty line is not there: in a stream more is waited for, then it is closed. @see RFC 3261 §18.3 */
const WITHOUT_END: readonly string[] = ['clerr', 'mcl01', 'ncl', 'baddn'];

/** A new one for each: several messages have the same branch, and would be retransmissions of each other. */
let bridge: RunningBridge;
beforeEach(async () => {
  bridge = await startBridge({});
  return () => bridge[Symbol.asyncDispose]();
});

function addressOf(transport: 'udp' | 'tcp'): { host: string; port: number } {
  const [host = '', port] = bridge.addresses[transport].split(';')[0]?.split(':') ?? [];
  return { host, port: Number(port) };
}

let calls = 0;
function control(transport: 'UDP' | 'TCP', port: number): string {
  calls++;
  return [
    `OPTIONS sip:meeting@bridge.example SIP/2.0`,
    `Via: SIP/2.0/${transport} 127.0.0.1:${port};rport;branch=z9hG4bKcontrol${calls}`,
    'Max-Forwards: 70',
    `From: <sip:control@example.com>;tag=${calls}`,
    'To: <sip:meeting@bridge.example>',
    `Call-ID: control-${calls}`,
    `CSeq: ${calls} OPTIONS`,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

const isControl = (response: SipResponse): boolean => cseqOf(response)?.method === 'OPTIONS' && controlId(response);
const controlId = (response: SipResponse): boolean =>
  response.headers.some(({ name, value }) => name === 'Call-ID' && value.startsWith('control-'));

/** What came back by the time that both control requests were answered and, for what is a request, a final response came. */
class Answers {
  readonly all: SipResponse[] = [];
  #changed = Promise.withResolvers<void>();

  add(response: SipResponse): void {
    this.all.push(response);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** The final status of what is under test; undefined: none. */
  get status(): number | undefined {
    return this.all.find((response) => !isControl(response) && response.statusCode >= 200)?.statusCode;
  }

  async until(isThere: () => boolean): Promise<void> {
    while (!isThere()) await this.#changed.promise;
  }

  controls(): SipResponse[] {
    return this.all.filter(isControl);
  }
}

/** Whether the bridge, which does not own the targets, answered as an element behind the same grammar may. */
function isAsExpected({ parse, uas_status: allowed, isRequest }: Torture, status: number | undefined): boolean {
  if (parse === 'reject') return status !== undefined && allowed?.includes(status) === true;
  if (parse === 'drop' || !isRequest) return status === undefined;
  if (allowed && !allowed.some((code) => [200, 404].includes(code)))
    return status === undefined || allowed.includes(status) || parse !== 'accept';
  return status !== 400 || parse !== 'accept';
}

describe.skipIf(!present)('torture messages on the wire', () => {
  test.each(TORTURES.map((torture) => [torture.name, torture] as const))('%s by UDP', async (name, torture) => {
    const socket = createSocket('udp4');
    const answers = new Answers();
    socket.on('message', (bytes) => {
      const parsed = parseMessage(bytes);
      if (parsed.ok && parsed.value.kind === 'response') answers.add(parsed.value);
    });
    socket.bind(torture.port, '127.0.0.77');
    await once(socket, 'listening');
    const { host, port } = addressOf('udp');
    const send = (bytes: string | Uint8Array): void => socket.send(bytes, port, host);
    try {
      send(control('UDP', torture.port));
      await answers.until(() => answers.controls().length === 1);
      send(torture.bytes);
      if (torture.isRequest && !isSilent(torture)) await answers.until(() => answers.status !== undefined);
      send(control('UDP', torture.port));
      await answers.until(() => answers.controls().length === 2);
      expect(answers.controls().map(({ statusCode }) => statusCode)).toEqual([200, 200]);
      expect({ name, status: answers.status, good: isAsExpected(torture, answers.status) }).toMatchObject({
        good: true,
      });
    } finally {
      socket.close();
    }
  });

  test.each(TORTURES.map((torture) => [torture.name, torture] as const))(
    '%s by TCP, byte by byte',
    async (name, torture) => {
      const answers = new Answers();
      const ours = await stream(answers);
      const others = new Answers();
      const side = await stream(others);
      try {
        side.write(control('TCP', 5060));
        await others.until(() => others.controls().length === 1);
        for (const byte of torture.bytes) if (!ours.destroyed) ours.write(Uint8Array.of(byte));
        if (torture.isRequest && !isSilent(torture) && !WITHOUT_END.includes(name))
          await answers.until(() => answers.status !== undefined);
        side.write(control('TCP', 5060));
        await others.until(() => others.controls().length === 2);
        expect(others.controls().map(({ statusCode }) => statusCode)).toEqual([200, 200]);
        if (!WITHOUT_END.includes(name) && !TWO_IN_A_STREAM.includes(name))
          expect({ name, status: answers.status, good: isAsExpected(torture, answers.status) }).toMatchObject({
            good: true,
          });
      } finally {
        ours.destroy();
        side.destroy();
      }
    },
  );
});

/** ACKs are never answered. */
function isSilent({ bytes }: Torture): boolean {
  return bytes.toString('latin1', 0, 4) === 'ACK ';
}

async function stream(answers: Answers) {
  const socket = connect({ ...addressOf('tcp'), noDelay: true });
  const framer = new StreamFramer();
  socket.on('data', (bytes) => {
    const items = framer.push(bytes);
    for (const item of items.ok ? items.value : [])
      if (item !== 'keep-alive' && item.kind === 'response') answers.add(item);
  });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}
