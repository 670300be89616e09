/**
 * A SIP phone in one file, to begin with: replace it by whatever starts your product. It keeps the contract of docs/certify.md, "A command": it calls PLUGFEST_CALL over
 * UDP, shows the camera, plays to the screen, and leaves when it is told to. ffmpeg is its codecs. It needs nothing but Node and ffmpeg.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const HOST = '127.0.0.1';
const FFMPEG = process.env.FFMPEG_BIN ?? 'ffmpeg';
const QUIET = ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y'];
/** What it can do. Whatever else it is asked for, it says so by exit code 127. */
const SCENARIOS = /^(clean|wifi|lte|vpn|loss|outage|removed|try)$/;

function told(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: the harness sets it`);
  return value;
}

if (!SCENARIOS.test(told('PLUGFEST_SCENARIO'))) process.exit(127);

interface Line {
  readonly kind: 'audio' | 'video';
  readonly payloadType: number;
  readonly codec: string;
  readonly parameters: string;
  /** Towards the conference: RTP, and RTCP at the next port. */
  readonly rtp: Socket;
  readonly rtcp: Socket;
  /** Where the encoder sends to. */
  readonly encoder: Socket;
  /** Where the decoder listens. */
  readonly decoderPort: number;
  remotePort: number | undefined;
}

const isRtcp = (packet: Buffer): boolean => (packet[1] ?? 0) >= 192 && (packet[1] ?? 0) <= 223;

async function bound(port = 0): Promise<Socket> {
  const socket = createSocket('udp4').bind(port, HOST);
  await once(socket, 'listening');
  return socket;
}

/** An even port and the next. @see RFC 3550 §11 */
async function boundPair(): Promise<readonly [Socket, Socket]> {
  for (;;) {
    const first = await bound();
    const { port } = first.address();
    try {
      if (port % 2 === 0) return [first, await bound(port + 1)];
    } catch {
      // Somebody has the next one.
    }
    first.close();
  }
}

async function openLine(kind: Line['kind'], payloadType: number, codec: string, parameters: string): Promise<Line> {
  const [rtp, rtcp] = await boundPair();
  const [probe, next] = await boundPair();
  const decoderPort = probe.address().port;
  probe.close();
  next.close();
  const line: Line = {
    ...{ kind, payloadType, codec, parameters, rtp, rtcp, decoderPort },
    encoder: await bound(),
    remotePort: undefined,
  };
  line.encoder.on('message', (packet) => {
    if (line.remotePort === undefined) return;
    if (isRtcp(packet)) rtcp.send(packet, line.remotePort + 1, HOST);
    else rtp.send(packet, line.remotePort, HOST);
  });
  rtp.on('message', (packet) => line.encoder.send(packet, decoderPort, HOST));
  rtcp.on('message', (packet) => line.encoder.send(packet, decoderPort + 1, HOST));
  return line;
}

function description(lines: readonly Line[], portOf: (line: Line) => number): string {
  return [
    ...['v=0', `o=- 1 1 IN IP4 ${HOST}`, 's=-', `c=IN IP4 ${HOST}`, 't=0 0'],
    ...lines.flatMap((line) => [
      `m=${line.kind} ${portOf(line)} RTP/AVP ${line.payloadType}`,
      `a=rtpmap:${line.payloadType} ${line.codec}`,
      ...(line.parameters ? [`a=fmtp:${line.payloadType} ${line.parameters}`] : []),
    ]),
    '',
  ].join('\r\n');
}

/** Bound to this process: what it started ends with it. */
const children: ChildProcess[] = [];
function ffmpeg(args: readonly string[]): void {
  children.push(spawn(FFMPEG, [...QUIET, ...args], { stdio: ['ignore', 'ignore', 'inherit'] }));
}

const directory = mkdtempSync(join(tmpdir(), 'phone-'));

function play(line: Line, output: readonly string[]): void {
  const file = join(directory, `${line.kind}.sdp`);
  writeFileSync(
    file,
    description([line], () => line.decoderPort),
  );
  const input = [
    '-protocol_whitelist',
    'file,udp,rtp',
    '-probesize',
    '32',
    '-analyzeduration',
    '0',
    '-fpsprobesize',
    '0',
  ];
  ffmpeg([
    ...input,
    '-reorder_queue_size',
    '0',
    '-threads',
    '1',
    '-flags',
    'low_delay',
    '-fflags',
    'nobuffer',
    '-i',
    file,
    ...output,
  ]);
}

function send(line: Line, input: readonly string[], coding: readonly string[]): void {
  const { port } = line.encoder.address();
  const to = `rtp://${HOST}:${port}?rtcpport=${port}&pkt_size=1200`;
  ffmpeg([...input, ...coding, '-payload_type', String(line.payloadType), '-f', 'rtp', '-flush_packets', '1', to]);
}

const audio = await openLine('audio', 0, 'PCMU/8000', '');
const video = await openLine('video', 96, 'H264/90000', 'profile-level-id=42e01f;packetization-mode=1');
const lines = [audio, video];
const size = `${told('PLUGFEST_WIDTH')}x${told('PLUGFEST_HEIGHT')}`;
const rate = told('PLUGFEST_FRAME_RATE');

// Screen and loudspeaker are there before anything comes.
play(video, ['-s', size, '-fps_mode', 'passthrough', '-pix_fmt', 'yuv420p', '-f', 'rawvideo', told('PLUGFEST_SCREEN')]);
play(audio, ['-ar', '48000', '-ac', '1', '-f', 's16le', '-flush_packets', '1', told('PLUGFEST_LOUDSPEAKER')]);

const QUICK = ['-probesize', '32', '-analyzeduration', '0'];
const H264 = [
  '-c:v',
  'libx264',
  '-preset',
  'superfast',
  '-tune',
  'zerolatency',
  '-profile:v',
  'baseline',
  '-threads',
  '1',
];
function startSending(): void {
  send(
    video,
    [
      ...QUICK,
      '-use_wallclock_as_timestamps',
      '1',
      '-f',
      'yuv4mpegpipe',
      '-i',
      told('PLUGFEST_CAMERA'),
      '-fps_mode',
      'passthrough',
    ],
    [
      ...H264,
      '-g',
      rate,
      '-b:v',
      '1000k',
      '-maxrate',
      '1000k',
      '-bufsize',
      '1000k',
      '-x264-params',
      'repeat-headers=1:scenecut=0',
    ],
  );
  send(
    audio,
    [...QUICK, '-f', 's16le', '-ar', '48000', '-ac', '1', '-i', told('PLUGFEST_MICROPHONE')],
    ['-af', 'aresample=8000,asetnsamples=160', '-c:a', 'pcm_mulaw'],
  );
}

// From here on: SIP. @see RFC 3261
const [, target = ''] = /^sip:(.*)$/.exec(told('PLUGFEST_CALL')) ?? [];
const [, host = HOST, port = '5060'] = /@([^:]+):(\d+)/.exec(target) ?? [];
const sip = await bound();
const local = `${HOST}:${sip.address().port}`;
const me = `"${told('PLUGFEST_NAME').replace(/["\\]/g, '')}" <${told('PLUGFEST_URI')}>;tag=${randomBytes(6).toString('hex')}`;
const callId = randomBytes(12).toString('hex');
const offer = description(lines, (line) => line.rtp.address().port);
let to = `<sip:${target}>`;
let remote = `sip:${target}`;
let sequence = 1;

const branch = (): string => `z9hG4bK${randomBytes(8).toString('hex')}`;
function request(method: string, via: string, number: number, body = ''): string {
  return [
    `${method} ${remote} SIP/2.0`,
    `Via: SIP/2.0/UDP ${local};branch=${via};rport`,
    ...['Max-Forwards: 70', `From: ${me}`, `To: ${to}`, `Call-ID: ${callId}`, `CSeq: ${number} ${method}`],
    ...[
      `Contact: <sip:phone@${local}>`,
      'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS',
      'User-Agent: NAME_OF_THE_ENDPOINT',
    ],
    ...(body ? ['Content-Type: application/sdp'] : []),
    ...[`Content-Length: ${Buffer.byteLength(body)}`, '', body],
  ].join('\r\n');
}

const headerOf = (text: string, name: string): string =>
  new RegExp(`^${name}\\s*:\\s*(.*)$`, 'im').exec(text)?.[1] ?? '';
const allOf = (text: string, name: string): string[] => text.match(new RegExp(`^${name}\\s*:.*$`, 'gim')) ?? [];
const post = (text: string): void => sip.send(text, Number(port), host);

function answer(received: string, status: string, { address, port: from }: RemoteInfo, body = ''): void {
  const copied = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].flatMap((name) => allOf(received, name));
  const media = body ? ['Content-Type: application/sdp', `Contact: <sip:phone@${local}>`] : [];
  sip.send(
    [`SIP/2.0 ${status}`, ...copied, ...media, `Content-Length: ${body.length}`, '', body].join('\r\n'),
    from,
    address,
  );
}

const inviteBranch = branch();
let again: NodeJS.Timeout | undefined;
let ended: (() => void) | undefined;

/** Sends until something comes back, more and more slowly. @see RFC 3261 §17.1.1.2 */
function post500(text: string, waitMs = 500): void {
  post(text);
  if (waitMs < 32_000) again = setTimeout(() => post500(text, waitMs * 2), waitMs);
}

function takeResponse(text: string): void {
  const status = Number(text.slice(8, 11));
  const [, number = '', method = ''] = /^(\d+)\s+(\w+)/.exec(headerOf(text, 'CSeq')) ?? [];
  clearTimeout(again);
  if (status < 200) return;
  if (method === 'BYE') ended?.();
  if (method !== 'INVITE') return;
  to = headerOf(text, 'To');
  if (status >= 300) {
    post(request('ACK', inviteBranch, Number(number)));
    finish('failed', `the call was answered with ${status}`, 1);
    return;
  }
  remote = /<([^>]*)>/.exec(headerOf(text, 'Contact'))?.[1] ?? remote;
  post(request('ACK', branch(), Number(number)));
  if (audio.remotePort !== undefined) return;
  for (const line of lines) line.remotePort = Number(new RegExp(`^m=${line.kind} (\\d+)`, 'm').exec(text)?.[1] ?? 9);
  startSending();
}

function takeRequest(text: string, from: RemoteInfo): void {
  const method = text.split(' ', 1)[0];
  if (method === 'ACK') return;
  if (method === 'INVITE') {
    answer(text, '200 OK', from, offer);
    return;
  }
  const isKnown = method === 'BYE' || method === 'OPTIONS';
  answer(text, isKnown ? '200 OK' : '405 Method Not Allowed', from);
  if (method === 'BYE') finish('ok', 'the conference ended the call', 0);
}

function finish(outcome: 'ok' | 'failed', reason: string, code: number): void {
  for (const child of children) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
  const software = `NAME_OF_THE_ENDPOINT on Node ${process.version}`;
  writeFileSync(told('PLUGFEST_RESULT'), JSON.stringify({ outcome, reason, software }));
  // What was answered last is on its way.
  setTimeout(() => process.exit(code), 50);
}

sip.on('message', (bytes, from) => {
  const text = bytes.toString('utf8');
  if (text.startsWith('SIP/2.0 ')) takeResponse(text);
  else takeRequest(text, from);
});

createInterface({ input: process.stdin }).on('line', (order) => {
  if (order !== 'leave') {
    process.stdout.write('unsupported\n');
    return;
  }
  ended = () => finish('ok', 'left when told to', 0);
  post500(request('BYE', branch(), ++sequence));
});

post500(request('INVITE', inviteBranch, sequence, offer));
