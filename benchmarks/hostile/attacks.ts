import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';

/** Where an attack goes, and for how long. */
export interface AttackPlan {
  readonly udpPort: number;
  readonly tcpPort: number;
  readonly tlsPort: number;
  readonly wsPort: number;
  /** Ports that the bridge takes media at. */
  readonly mediaPorts: readonly number[];
  readonly durationMs: number;
}

/** What an attacker tells of his work. */
export type Told = Readonly<Record<string, number>>;

const HOST = '127.0.0.1';
const OFFER = [
  ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', 'm=audio 9 RTP/AVP 0'],
  ...['m=video 9 RTP/AVP 97', 'a=rtpmap:97 H264/90000', ''],
].join('\r\n');

/** The attacks by name. Each keeps on until the time is over, and leaves nothing open. */
export const ATTACKS: Readonly<Record<string, (plan: AttackPlan) => Promise<Told>>> = {
  'idle-sockets': idleSockets,
  'invite-flood': inviteFlood,
  'tls-garbage': tlsGarbage,
  'reset-storm': resetStorm,
  'media-injection': mediaInjection,
};

/** 1,000 connections that never say a word, and are opened again as often as they are closed. */
async function idleSockets({ tcpPort, durationMs }: AttackPlan): Promise<Told> {
  const open = new Set<Socket>();
  const sockets = Array.from({ length: 1000 }, () => quiet(connect({ host: HOST, port: tcpPort })));
  let closed = 0;
  for (const socket of sockets) {
    open.add(socket);
    socket.resume();
    socket.once('close', () => {
      closed++;
      open.delete(socket);
    });
  }
  await pause(durationMs);
  const stillOpen = open.size;
  for (const socket of sockets) socket.destroy();
  return { opened: sockets.length, closedByBridge: closed, stillOpen };
}

/** 5,000 INVITEs a second that nobody will acknowledge, each a new call to a new conference. */
async function inviteFlood({ udpPort, durationMs }: AttackPlan): Promise<Told> {
  const [perTick, tickMs] = [50, 10];
  const socket = createSocket('udp4');
  let [sent, answers, refusals] = [0, 0, 0];
  socket.on('message', (bytes) => {
    answers++;
    if (bytes.subarray(0, 11).toString('latin1') === 'SIP/2.0 503') refusals++;
  });
  await new Promise<void>((resolve) => socket.bind(0, HOST, resolve));
  const { port } = socket.address();
  const sinceMs = performance.now();
  while (performance.now() - sinceMs < durationMs) {
    const due = Math.floor((performance.now() - sinceMs) / tickMs) * perTick;
    for (; sent < due; sent++) socket.send(invite(sent, port, udpPort), udpPort, HOST);
    await pause(tickMs);
  }
  const tookS = (performance.now() - sinceMs) / 1000;
  socket.close();
  return { sent, perSecond: Math.round(sent / tookS), answers, refusals };
}

function invite(n: number, port: number, udpPort: number): string {
  const id = `${process.pid}-${n}`;
  return [
    `INVITE sip:flood-${n}@${HOST}:${udpPort} SIP/2.0`,
    `Via: SIP/2.0/UDP ${HOST}:${port};branch=z9hG4bK-${id};rport`,
    'Max-Forwards: 70',
    `From: <sip:flood@attacker.example>;tag=${id}`,
    `To: <sip:flood-${n}@bridge.example>`,
    `Call-ID: ${id}@attacker.example`,
    'CSeq: 1 INVITE',
    `Contact: <sip:flood@${HOST}:${port}>`,
    'Content-Type: application/sdp',
    `Content-Length: ${OFFER.length}`,
    '',
    OFFER,
  ].join('\r\n');
}

/** To TLS and WebSocket ports: random bytes, the first bytes of a ClientHello and then silence, plain SIP, HTTP that never ends. */
async function tlsGarbage({ tlsPort, wsPort, durationMs }: AttackPlan): Promise<Told> {
  const halfHello = Buffer.concat([Buffer.from('16030100c8010000c40303', 'hex'), randomBytes(32)]);
  const kinds: readonly (readonly [number, Uint8Array])[] = [
    [tlsPort, randomBytes(2000)],
    [tlsPort, halfHello],
    [tlsPort, Buffer.from('OPTIONS sip:x SIP/2.0\r\n\r\n')],
    [wsPort, Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n')],
  ];
  const sockets: Socket[] = [];
  const sinceMs = performance.now();
  while (performance.now() - sinceMs < durationMs) {
    for (const [port, bytes] of kinds) {
      const socket = quiet(connect({ host: HOST, port }, () => socket.write(bytes)));
      socket.resume();
      sockets.push(socket);
    }
    await pause(durationMs / 100);
  }
  for (const socket of sockets) socket.destroy();
  return { connections: sockets.length };
}

/** Connections that are reset: at once, in the middle of a message, in the middle of a handshake. 500 of each. */
async function resetStorm({ tcpPort, tlsPort, wsPort }: AttackPlan): Promise<Told> {
  let resets = 0;
  for (let n = 0; n < 500; n++) {
    await Promise.all(
      [tcpPort, tlsPort, wsPort].map(
        (port) =>
          new Promise<void>((resolve) => {
            const socket = quiet(connect({ host: HOST, port }));
            socket.once('close', () => resolve());
            socket.once('connect', () => {
              if (n % 2 === 1) socket.write('INVITE sip:x@x SIP/2.0\r\nVia: ');
              setImmediate(() => socket.resetAndDestroy());
              resets++;
            });
          }),
      ),
    );
  }
  return { resets };
}

/** From a socket that is no party of the call: RTP that looks right, a DTLS ClientHello, garbage. */
async function mediaInjection({ mediaPorts, durationMs }: AttackPlan): Promise<Told> {
  const socket = createSocket('udp4');
  let [sent, sequence] = [0, 0];
  const sinceMs = performance.now();
  while (performance.now() - sinceMs < durationMs) {
    for (const port of mediaPorts) {
      for (const bytes of [rtp(sequence++), clientHello(), randomBytes(200)]) {
        socket.send(bytes, port, HOST);
        sent++;
      }
    }
    await pause(20);
  }
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return { sent, aPort: sent / mediaPorts.length };
}

/** 20 ms of PCMU, as loud as it can be. @see RFC 3550 §5.1 */
function rtp(sequence: number): Buffer {
  const packet = Buffer.alloc(172, sequence % 2 === 0 ? 0x80 : 0x00);
  packet[0] = 0x80;
  packet[1] = 0;
  packet.writeUInt16BE(sequence & 0xffff, 2);
  packet.writeUInt32BE((sequence * 160) >>> 0, 4);
  packet.writeUInt32BE(0xbad0beef, 8);
  return packet;
}

/** DTLS 1.2, no cookie, one cipher suite. @see RFC 6347 §4.2 */
function clientHello(): Buffer {
  const body = Buffer.concat([
    Buffer.from('fefd', 'hex'),
    randomBytes(32),
    Buffer.from('00' + '00' + '0002' + 'c02b' + '01' + '00', 'hex'),
  ]);
  const handshake = Buffer.concat([Buffer.from([1, 0, 0, body.length, 0, 0, 0, 0, 0, 0, 0, body.length]), body]);
  const record = Buffer.from('16fefd0000000000000000', 'hex');
  return Buffer.concat([record, Buffer.from([0, handshake.length]), handshake]);
}

function quiet(socket: Socket): Socket {
  return socket.on('error', () => undefined);
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
