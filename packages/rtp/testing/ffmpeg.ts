import { execFile, spawn, spawnSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/** For tests: FFmpeg and tshark as independent implementations of what is tested. */
const FFMPEG = process.env.FFMPEG_BIN ?? 'ffmpeg';

export const hasFfmpeg = spawnSync(FFMPEG, ['-version']).status === 0;
export const hasTshark = spawnSync('tshark', ['--version']).status === 0;

const run = promisify(execFile);

export async function ffmpeg(...args: readonly string[]): Promise<string> {
  const options = ['-nostdin', '-hide_banner', '-loglevel', 'error', '-y', ...args];
  return (await run(FFMPEG, options, { maxBuffer: 64e6, timeout: 20_000 })).stdout;
}

export async function tshark(...args: readonly string[]): Promise<string> {
  return (await run('tshark', args, { maxBuffer: 64e6, timeout: 20_000 })).stdout;
}

export async function openUdp(): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4e6 });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

/** What FFmpeg sends to a port while it runs, in order. A datagram of our own after its end shows that all was read. */
export async function datagramsOf(argsFor: (port: number) => readonly string[]): Promise<Uint8Array[]> {
  const socket = await openUdp();
  const datagrams: Uint8Array[] = [];
  const ended = new Promise<void>((resolve) => {
    socket.on('message', (bytes) => {
      if (bytes.length === 0) resolve();
      else datagrams.push(bytes);
    });
  });
  await ffmpeg(...argsFor(socket.address().port));
  socket.send(new Uint8Array(), socket.address().port, '127.0.0.1');
  await ended;
  socket.close();
  return datagrams;
}

/**
 * Lets FFmpeg receive by a session description and decode `frames` pictures: their checksums, one line each. `send` is called once its port is open.
 */
export async function decodedChecksums(
  options: { readonly sdpFor: (port: number) => string; readonly frames: number },
  send: (socket: Socket, port: number) => Promise<void>,
): Promise<string[]> {
  const socket = await openUdp();
  const lease = await openUdp();
  const { port } = lease.address();
  await new Promise<void>((resolve) => lease.close(() => resolve()));
  const input = ['-protocol_whitelist', 'pipe,udp,rtp,srtp,crypto', '-f', 'sdp', '-i', 'pipe:0'];
  const output = ['-an', '-fps_mode', 'passthrough', '-frames:v', `${options.frames}`, '-f', 'framemd5', '-'];
  const child = spawn(FFMPEG, ['-hide_banner', '-loglevel', 'error', ...input, ...output]);
  try {
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stdin.end(options.sdpFor(port));
    const exited = once(child, 'exit');
    await untilBound(port);
    await send(socket, port);
    await exited;
    return checksums(Buffer.concat(chunks).toString());
  } finally {
    child.kill('SIGKILL');
    socket.close();
  }
}

/** Checksums of what a file decodes to. */
export async function fileChecksums(file: string): Promise<string[]> {
  return checksums(await ffmpeg('-i', file, '-an', '-fps_mode', 'passthrough', '-f', 'framemd5', '-'));
}

function checksums(framemd5: string): string[] {
  return framemd5
    .split('\n')
    .flatMap((line) => (line === '' || line.startsWith('#') ? [] : (line.split(',').at(-1)?.trim() ?? [])));
}

/** Waits until somebody listens on a UDP port of this host. */
async function untilBound(port: number): Promise<void> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline) {
    const lines = readFileSync('/proc/net/udp', 'utf8').split('\n');
    if (lines.some((line) => line.trim().split(/\s+/)[1]?.endsWith(suffix))) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`nobody listens on port ${port}`);
}
