import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type OwnedProcess, spawnOwned } from '@plugfest/host';
import type { AudioChunk, VideoFrame } from '@plugfest/model';
import { parseRtp, type RtpPayload, timestampDistance } from '@plugfest/rtp';
import type { NegotiatedCodec } from '@plugfest/sdp';
import { describeEnd } from './ffmpeg-end.ts';
import { wavHeader, wavSamples } from './wav-header.ts';

export interface RoomSenderOptions {
  readonly ffmpeg: string;
  readonly host: string;
  readonly audio: NegotiatedCodec;
  readonly video: NegotiatedCodec;
  readonly size: { readonly width: number; readonly height: number; readonly frameRate: number };
  readonly bitrateBps: number;
  /** One packet's payload, and the time on the run's clock of the picture or the sound in it. */
  readonly onVideo: (payload: RtpPayload, ptsUs: number) => void;
  readonly onAudio: (payload: RtpPayload, ptsUs: number) => void;
  /** Camera or microphone has ended by itself. */
  readonly onFault: (message: string) => void;
}

const PACKET_BYTES = 1200;
/** Without fragments (packetization mode 0) a slice must fit one packet. */
const SLICE_BYTES = 1100;
/** Pictures that wait for ffmpeg to read them; more would be delay, so they are left out. */
const MAX_WAITING_PICTURES = 3;
const SOURCE_RATE_HZ = 48_000;
const CHUNK_SAMPLES = 960;
/** Silence before the first sound: what the rate converter holds back must not cost a whole packet's time. */
const LEAD_MS = 3;
const PACKET_US = 20_000;
/** It has nothing to finish. */
const STOP_MS = 100;
const WARM_UP_MS = 5000;

const ENCODERS: Partial<Record<NegotiatedCodec['name'], { readonly encoder: string; readonly sampleRateHz: number }>> =
  {
    g722: { encoder: 'g722', sampleRateHz: 16_000 },
    pcmu: { encoder: 'pcm_mulaw', sampleRateHz: 8000 },
    pcma: { encoder: 'pcm_alaw', sampleRateHz: 8000 },
    opus: { encoder: 'libopus', sampleRateHz: 48_000 },
  };

/** What ffmpeg can be a room's microphone with. */
export const ROOM_AUDIO_CODECS = Object.keys(ENCODERS);

/**
 * ffmpeg as a room's camera and microphone: encodes what it is given, and packetizes it. One process a medium, so that neither waits for the other.
 * Its packets come to a port of ours, which knows by their order which picture and which sound is in them: so timestamps that leave the room are those of the source.
 */
export class RoomSender implements AsyncDisposable {
  readonly #options: RoomSenderOptions;
  readonly #camera: OwnedProcess;
  readonly #microphone: OwnedProcess;
  /** Times of pictures that ffmpeg has and has not sent. */
  readonly #pictureTimes: number[] = [];
  readonly #resources: AsyncDisposableStack;
  #soundStartUs: number | undefined;
  #isClosing = false;
  /** Pictures that ffmpeg was too slow for. */
  dropped = 0;

  private constructor(
    options: RoomSenderOptions,
    sockets: { readonly audio: Socket; readonly video: Socket },
    resources: AsyncDisposableStack,
  ) {
    this.#options = options;
    this.#resources = resources;
    const start = (args: string[], name: string): OwnedProcess => {
      const child = spawnOwned(options.ffmpeg, args, { name: `ffmpeg of a room: ${name}`, stdin: 'pipe' });
      child.stdout.resume();
      resources.defer(() => child.stop(STOP_MS));
      return child;
    };
    this.#camera = start(cameraArguments(options, sockets.video.address().port), 'camera');
    this.#microphone = start(microphoneArguments(options, sockets.audio.address().port), 'microphone');
  }

  /**
   * Resolves when both send: what is recorded before would only come in a burst. The far end gets `firstPicture` meanwhile.
   * @throws SpawnFault, Error for a codec that ffmpeg does not do, and with ffmpeg's words where it ends at once
   */
  static async open(options: RoomSenderOptions, firstPicture: VideoFrame): Promise<RoomSender> {
    if (!ENCODERS[options.audio.name]) throw new Error(`a room's ffmpeg cannot send ${options.audio.encodingName}`);
    const resources = new AsyncDisposableStack();
    try {
      const sockets = {
        audio: resources.adopt(await bind(options.host), close),
        video: resources.adopt(await bind(options.host), close),
      };
      const sender = new RoomSender(options, sockets, resources);
      await Promise.all([sender.#warmUpCamera(sockets.video, firstPicture), sender.#warmUpMicrophone(sockets.audio)]);
      for (const child of [sender.#camera, sender.#microphone]) {
        void describeEnd(child).then((text) => sender.#isClosing || options.onFault(text));
      }
      return sender;
    } catch (fault) {
      await resources.disposeAsync();
      throw fault;
    }
  }

  sendVideo({ data, ptsUs }: VideoFrame): void {
    const { stdin } = this.#camera;
    if (!stdin || stdin.writableLength > MAX_WAITING_PICTURES * data.length) {
      this.dropped++;
      return;
    }
    this.#pictureTimes.push(ptsUs);
    stdin.write(data);
  }

  /** 20 ms of 48 kHz mono. */
  sendAudio({ samples, ptsUs }: AudioChunk): void {
    // One packet of silence went before.
    this.#soundStartUs ??= ptsUs - PACKET_US - LEAD_MS * 1000;
    this.#microphone.stdin?.write(wavSamples(samples));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    await this.#resources.disposeAsync();
  }

  /** Pictures leave the encoder in the order in which they came, one timestamp each. */
  async #warmUpCamera(socket: Socket, firstPicture: VideoFrame): Promise<void> {
    const sent = Promise.withResolvers<void>();
    let timestamp: number | undefined;
    let ptsUs = 0;
    socket.on('message', (bytes) => {
      const packet = parseRtp(bytes);
      if (!packet.ok) return;
      if (packet.value.timestamp !== timestamp) ptsUs = this.#pictureTimes.shift() ?? ptsUs;
      timestamp = packet.value.timestamp;
      this.#options.onVideo(packet.value, ptsUs);
      if (packet.value.marker) sent.resolve();
    });
    this.sendVideo(firstPicture);
    await orEnd(sent.promise, this.#camera);
  }

  async #warmUpMicrophone(socket: Socket): Promise<void> {
    const sent = Promise.withResolvers<void>();
    const { audio, onAudio } = this.#options;
    let first: number | undefined;
    let isFirst = true;
    socket.on('message', (bytes) => {
      const packet = parseRtp(bytes);
      if (!packet.ok) return;
      first ??= packet.value.timestamp;
      sent.resolve();
      if (this.#soundStartUs === undefined || packet.value.timestamp === first) return;
      const elapsedUs = (timestampDistance(first, packet.value.timestamp) * 1e6) / audio.clockRateHz;
      // RFC 3551 §4.1: the marker of sound says that a talk spurt begins.
      onAudio({ payload: packet.value.payload, marker: isFirst }, this.#soundStartUs + elapsedUs);
      isFirst = false;
    });
    this.#microphone.stdin?.write(wavHeader(SOURCE_RATE_HZ));
    this.#microphone.stdin?.write(wavSamples(new Int16Array(CHUNK_SAMPLES)));
    await orEnd(sent.promise, this.#microphone);
  }
}

/** @throws with what ffmpeg said last, where it ends before or takes too long */
async function orEnd(promise: Promise<void>, process: OwnedProcess): Promise<void> {
  const failed = Promise.withResolvers<never>();
  void describeEnd(process).then((text) => failed.reject(new Error(text)));
  const late = `${process.name} sent nothing for ${WARM_UP_MS / 1000} s`;
  const timer = setTimeout(() => failed.reject(new Error(late)), WARM_UP_MS);
  failed.promise.catch(() => {});
  try {
    await Promise.race([promise, failed.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function close(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => socket.close(() => resolve()));
}

async function bind(host: string): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
  socket.bind(0, host);
  await once(socket, 'listening');
  return socket;
}

// Not `nobuffer`: with it ffmpeg throws away what it has looked at to begin with, which is the first picture or sound.
const QUICK = ['-hide_banner', '-loglevel', 'error', '-probesize', '32', '-analyzeduration', '0'];

function cameraArguments(options: RoomSenderOptions, port: number): string[] {
  const { size, bitrateBps, video } = options;
  const kbps = `${Math.round(bitrateBps / 1000)}k`;
  const inSlices = video.h264?.packetizationMode === 0;
  return [
    ...QUICK,
    ...['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-video_size', `${size.width}x${size.height}`],
    ...['-framerate', String(size.frameRate), '-i', 'pipe:0', '-fps_mode', 'passthrough'],
    ...['-c:v', 'libx264', '-preset', 'superfast', '-tune', 'zerolatency', '-profile:v', 'baseline', '-threads', '1'],
    // ffmpeg cannot be asked for a key frame: one comes each second.
    ...['-g', String(size.frameRate), '-b:v', kbps, '-maxrate', kbps, '-bufsize', kbps],
    ...['-x264-params', `repeat-headers=1:scenecut=0${inSlices ? `:slice-max-size=${SLICE_BYTES}` : ''}`],
    ...rtpOutput(options, video, port, inSlices ? ['h264_mode0'] : []),
  ];
}

function microphoneArguments(options: RoomSenderOptions, port: number): string[] {
  const { audio } = options;
  const { encoder, sampleRateHz } = ENCODERS[audio.name] ?? { encoder: '', sampleRateHz: 0 };
  const packetSamples = (sampleRateHz * 20) / 1000;
  return [
    ...QUICK,
    ...[
      '-f',
      'wav',
      '-ignore_length',
      '1',
      '-max_size',
      String(CHUNK_SAMPLES * Float32Array.BYTES_PER_ELEMENT),
      '-i',
      'pipe:0',
    ],
    ...['-af', `aresample=${sampleRateHz},adelay=${LEAD_MS}:all=1,asetnsamples=${packetSamples}:p=0`],
    ...['-c:a', encoder, ...(encoder === 'libopus' ? ['-application', 'lowdelay', '-b:a', '64k'] : [])],
    ...rtpOutput(options, audio, port, []),
  ];
}

/** RTCP is the room's own. */
function rtpOutput({ host }: RoomSenderOptions, codec: NegotiatedCodec, port: number, flags: string[]): string[] {
  return [
    ...['-f', 'rtp', '-payload_type', String(codec.payloadType), '-flush_packets', '1'],
    ...['-rtpflags', ['skip_rtcp', ...flags].join('+')],
    `rtp://${host}:${port}?pkt_size=${PACKET_BYTES}`,
  ];
}
