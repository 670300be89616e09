import { createSocket, type Socket } from 'node:dgram';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTool, leaseUdpPorts, type OwnedProcess, openTemporaryDirectory, spawnOwned } from '@plugfest/host';

/** For tests: SDES keys of one direction as base64 of key and salt. */
const OWN_KEY = 'WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz';

export interface FfmpegPeerOptions {
  /** A source of lavfi that is sent as picture, e.g. `color=red:size=320x180:rate=15`. */
  readonly picture: string;
  readonly toneHz: number;
  /** RTP/SAVP with SDES, ffmpeg's own SRTP. */
  readonly isSecure?: boolean;
}

/** For tests: media of a peer that is not ours: ffmpeg encodes, packetizes, secures, and the same backwards into files. */
export class FfmpegPeer implements AsyncDisposable {
  readonly offer: string;
  readonly #options: FfmpegPeerOptions;
  readonly #ffmpeg: string;
  readonly #directory: string;
  readonly #audio: Line;
  readonly #video: Line;
  readonly #resources: AsyncDisposableStack;

  private constructor(
    options: FfmpegPeerOptions,
    ffmpeg: string,
    directory: string,
    lines: [Line, Line],
    resources: AsyncDisposableStack,
  ) {
    this.#options = options;
    this.#ffmpeg = ffmpeg;
    this.#directory = directory;
    [this.#audio, this.#video] = lines;
    this.#resources = resources;
    this.offer = description(this.#audio.outerPort, this.#video.outerPort, options.isSecure ? OWN_KEY : undefined);
  }

  static async open(options: FfmpegPeerOptions): Promise<FfmpegPeer> {
    const tool = await findTool('ffmpeg');
    if (!tool.found) throw new Error(tool.reason);
    const resources = new AsyncDisposableStack();
    const { path } = resources.use(await openTemporaryDirectory('bridge-test-'));
    const lines: [Line, Line] = [resources.use(await Line.open()), resources.use(await Line.open())];
    return new FfmpegPeer(options, tool.path, path, lines, resources);
  }

  /** Sends to where the answer says, and records what comes. */
  start(answer: string): void {
    const keys = [...answer.matchAll(/^a=crypto:\S+ \S+ inline:([^\r\n| ]+)/gm)].map(([, key]) => key);
    const [audioPort, videoPort] = [...answer.matchAll(/^m=\S+ (\d+)/gm)].map(([, port]) => Number(port));
    this.#audio.farPort = audioPort ?? 0;
    this.#video.farPort = videoPort ?? 0;
    this.#run('receiver', this.#receiverArguments(keys));
    this.#run('sender', this.#senderArguments());
  }

  /** The newest picture that was decoded: red, green and blue of the pixel at those fractions. Undefined before there is one. */
  pixelAt(x: number, y: number): readonly [number, number, number] | undefined {
    const bytes = readIfThere(join(this.#directory, 'frame.rgb'));
    if (bytes.length < 640 * 360 * 3) return undefined;
    const start = bytes.length - (bytes.length % (640 * 360 * 3)) - 640 * 360 * 3;
    const at = start + (Math.floor(y * 360) * 640 + Math.floor(x * 640)) * 3;
    return [bytes[at] as number, bytes[at + 1] as number, bytes[at + 2] as number];
  }

  get pictures(): number {
    return Math.floor(sizeOf(join(this.#directory, 'frame.rgb')) / (640 * 360 * 3));
  }

  /** Amplitude of a tone in the last second of sound, full scale 1; the sound must be a second long by then. */
  toneLevel(frequencyHz: number): number {
    const bytes = readIfThere(join(this.#directory, 'sound.s16'));
    const samples = new Int16Array(Uint8Array.from(bytes.subarray(0, bytes.length & ~1)).buffer).subarray(-8000);
    if (samples.length < 8000) return 0;
    let [re, im] = [0, 0];
    for (const [n, sample] of samples.entries()) {
      re += sample * Math.cos((2 * Math.PI * frequencyHz * n) / 8000);
      im += sample * Math.sin((2 * Math.PI * frequencyHz * n) / 8000);
    }
    return (2 * Math.hypot(re, im)) / samples.length / 32_768;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }

  #run(name: string, args: readonly string[]): void {
    const child: OwnedProcess = spawnOwned(this.#ffmpeg, args, { name, cwd: this.#directory });
    child.stdout.resume();
    this.#resources.defer(() => child.stop(0));
  }

  #senderArguments(): string[] {
    const { picture, toneHz, isSecure } = this.#options;
    const secure = isSecure ? ['-srtp_out_suite', 'AES_CM_128_HMAC_SHA1_80', '-srtp_out_params', OWN_KEY] : [];
    const url = (port: number): string => `${isSecure ? 'srtp' : 'rtp'}://127.0.0.1:${port}?pkt_size=1200`;
    return [
      ...['-hide_banner', '-loglevel', 'error', '-nostdin'],
      ...[
        '-re',
        '-f',
        'lavfi',
        '-i',
        picture,
        '-re',
        '-f',
        'lavfi',
        '-i',
        `sine=${toneHz}:sample_rate=8000:samples_per_frame=160`,
      ],
      ...['-map', '0:v', '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-profile:v', 'baseline'],
      ...['-pix_fmt', 'yuv420p', '-g', '15', '-payload_type', '97', ...secure, '-f', 'rtp', url(this.#video.sendPort)],
      ...['-map', '1:a', '-c:a', 'pcm_mulaw', '-ac', '1', ...secure, '-f', 'rtp', url(this.#audio.sendPort)],
    ];
  }

  #receiverArguments(keys: readonly (string | undefined)[]): string[] {
    writeFileSync(
      join(this.#directory, 'in.sdp'),
      description(this.#audio.receivePort, this.#video.receivePort, keys[0], keys[1]),
    );
    return [
      ...['-hide_banner', '-loglevel', 'error', '-nostdin', '-y', '-protocol_whitelist', 'file,udp,rtp,srtp'],
      ...['-fflags', 'nobuffer', '-flags', 'low_delay', '-probesize', '200000', '-analyzeduration', '1000000'],
      ...['-i', 'in.sdp', '-map', '0:v', '-fps_mode', 'passthrough', '-flush_packets', '1'],
      ...['-c:v', 'rawvideo', '-pix_fmt', 'rgb24', '-f', 'rawvideo', 'frame.rgb'],
      ...[
        '-map',
        '0:a',
        '-c:a',
        'pcm_s16le',
        '-ar',
        '8000',
        '-ac',
        '1',
        '-flush_packets',
        '1',
        '-f',
        's16le',
        'sound.s16',
      ],
    ];
  }
}

/** One m-line: ffmpeg cannot send from the port that it receives at, the description's port does both. */
class Line implements AsyncDisposable {
  readonly #sockets: readonly [Socket, Socket];
  readonly #ports: readonly number[];
  readonly #resources: AsyncDisposableStack;
  farPort = 0;

  private constructor(sockets: [Socket, Socket], ports: readonly number[], resources: AsyncDisposableStack) {
    this.#sockets = sockets;
    this.#ports = ports;
    this.#resources = resources;
    const [outer, inner] = sockets;
    inner.on('message', (bytes) => {
      if (this.farPort !== 0) outer.send(bytes, this.farPort, '127.0.0.1');
    });
    outer.on('message', (bytes) => outer.send(bytes, this.receivePort, '127.0.0.1'));
  }

  /** Ports: even ones for RTP in front, for ffmpeg to send to, for ffmpeg to receive at. */
  static async open(): Promise<Line> {
    const resources = new AsyncDisposableStack();
    const { ports } = resources.use(await leaseUdpPorts({ count: 6, consecutive: true }));
    const bind = async (port: number | undefined): Promise<Socket> => {
      const socket = createSocket('udp4');
      await new Promise<void>((resolve) => socket.bind(port, '127.0.0.1', resolve));
      resources.defer(() => new Promise((resolve) => socket.close(() => resolve())));
      return socket;
    };
    return new Line([await bind(ports[0]), await bind(ports[2])], ports, resources);
  }

  get outerPort(): number {
    return this.#ports[0] as number;
  }

  get sendPort(): number {
    return this.#ports[2] as number;
  }

  get receivePort(): number {
    return this.#ports[4] as number;
  }

  get socket(): Socket {
    return this.#sockets[0];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}

function description(audioPort: number, videoPort: number, audioKey?: string, videoKey = audioKey): string {
  const profile = audioKey ? 'RTP/SAVP' : 'RTP/AVP';
  const crypto = (key: string | undefined): string[] =>
    key ? [`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}`] : [];
  return `${[
    ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
    ...[`m=audio ${audioPort} ${profile} 0`, 'a=rtpmap:0 PCMU/8000', ...crypto(audioKey)],
    ...[`m=video ${videoPort} ${profile} 97`, 'a=rtpmap:97 H264/90000'],
    ...['a=fmtp:97 packetization-mode=1;profile-level-id=42e01f', ...crypto(videoKey)],
  ].join('\r\n')}\r\n`;
}

function readIfThere(file: string): Buffer {
  return sizeOf(file) === 0 ? Buffer.alloc(0) : readFileSync(file);
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
