import { type OwnedProcess, spawnOwned } from '@plugfest/host';
import type { AudioChunk, VideoFrame } from '@plugfest/model';
import type { RoomCodec } from './room-profile.ts';

export interface RoomSenderOptions {
  readonly ffmpeg: string;
  readonly host: string;
  /** The room's own ports: RTP; RTCP is the next. */
  readonly audioPort: number;
  readonly videoPort: number;
  readonly audio: RoomCodec;
  readonly video: RoomCodec;
  readonly size: { readonly width: number; readonly height: number; readonly frameRate: number };
  readonly bitrateBps: number;
  readonly ssrc: { readonly audio: number; readonly video: number };
}

/** A room's pictures come in whole pictures of this many bytes at most a packet; without fragments (mode 0) a slice must fit one. */
const PACKET_BYTES = 1200;
const SLICE_BYTES = 1100;
/** Pictures waiting for ffmpeg to read them; more would be delay, so they are left out. */
const MAX_WAITING_BYTES = 4_000_000;

/** ffmpeg as a room's camera and microphone: encodes what it is given and sends it as RTP. One process a medium, so that neither waits for the other. */
export class RoomSender implements AsyncDisposable {
  readonly #video: OwnedProcess;
  readonly #audio: OwnedProcess;
  /** Pictures that ffmpeg was too slow for. */
  dropped = 0;

  constructor(options: RoomSenderOptions) {
    this.#video = spawnOwned(options.ffmpeg, videoArguments(options), { name: 'ffmpeg camera', stdin: 'pipe' });
    this.#audio = spawnOwned(options.ffmpeg, audioArguments(options), { name: 'ffmpeg microphone', stdin: 'pipe' });
    for (const child of [this.#video, this.#audio]) child.stdout.resume();
  }

  sendVideo({ data }: VideoFrame): void {
    if ((this.#video.stdin?.writableLength ?? 0) > MAX_WAITING_BYTES) this.dropped++;
    else this.#video.stdin?.write(data);
  }

  sendAudio({ samples }: AudioChunk): void {
    this.#audio.stdin?.write(Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#video.stop(300), this.#audio.stop(300)]);
  }
}

const QUIET = [
  '-hide_banner',
  '-loglevel',
  'error',
  '-fflags',
  'nobuffer',
  '-probesize',
  '32',
  '-analyzeduration',
  '0',
];

function videoArguments({ host, videoPort, video, size, bitrateBps, ssrc }: RoomSenderOptions): string[] {
  const kbps = `${Math.round(bitrateBps / 1000)}k`;
  const inSlices = video.ffmpeg?.packetizationMode === 0;
  return [
    ...QUIET,
    ...[
      '-threads',
      '1',
      '-f',
      'rawvideo',
      '-pix_fmt',
      'yuv420p',
      '-video_size',
      `${size.width}x${size.height}`,
      '-framerate',
      String(size.frameRate),
      '-i',
      'pipe:0',
    ],
    ...['-c:v', 'libx264', '-preset', 'superfast', '-tune', 'zerolatency', '-profile:v', 'baseline', '-threads', '1'],
    ...['-g', String(size.frameRate * 2), '-b:v', kbps, '-maxrate', kbps, '-bufsize', kbps, '-fps_mode', 'passthrough'],
    ...['-x264-params', `repeat-headers=1${inSlices ? `:slice-max-size=${SLICE_BYTES}` : ''}`],
    ...['-f', 'rtp', '-payload_type', String(video.payloadType), '-ssrc', signed(ssrc.video), '-flush_packets', '1'],
    ...(inSlices ? ['-rtpflags', 'h264_mode0'] : []),
    rtpUrl(host, videoPort),
  ];
}

function audioArguments({ host, audioPort, audio, ssrc }: RoomSenderOptions): string[] {
  return [
    ...QUIET,
    ...['-f', 's16le', '-ar', '48000', '-ac', '1', '-i', 'pipe:0'],
    ...['-c:a', audio.ffmpeg?.encoder ?? '', '-ar', String(audio.ffmpeg?.sampleRateHz ?? 8000), '-ac', '1'],
    ...['-f', 'rtp', '-payload_type', String(audio.payloadType), '-ssrc', signed(ssrc.audio), '-flush_packets', '1'],
    rtpUrl(host, audioPort),
  ];
}

function rtpUrl(host: string, port: number): string {
  return `rtp://${host}:${port}?rtcpport=${port + 1}&pkt_size=${PACKET_BYTES}`;
}

/** ffmpeg takes the SSRC as a signed number. */
function signed(ssrc: number): string {
  return String(ssrc | 0);
}
