import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { leaseUdpPorts, type OwnedProcess, spawnOwned } from '@plugfest/host';
import type { Clock, Timer } from '@plugfest/model';
import { formatRtcpCompound, formatRtp, type RtpPacket } from '@plugfest/rtp';
import type { NegotiatedCodec } from '@plugfest/sdp';
import { describeEnd } from './ffmpeg-end.ts';
import { ACCESS_UNIT_DELIMITER, PictureFeed } from './picture-feed.ts';
import { ReceiverPort } from './receiver-port.ts';
import { FIRST_TIMESTAMP, SoundFeed } from './sound-feed.ts';
import { wallClockOffsetUs } from './wall-clock.ts';

export interface RoomReceiverOptions {
  readonly ffmpeg: string;
  readonly host: string;
  readonly workDir: string;
  readonly captureFile: string;
  readonly clock: Clock;
  readonly audio: NegotiatedCodec;
  readonly video: NegotiatedCodec;
  /** The picture is broken until the far end sends a key frame. */
  readonly onKeyFrameNeeded: () => void;
  /** ffmpeg has ended by itself: nothing is captured any more. */
  readonly onFault: (message: string) => void;
}

const TICK_MS = 5;
const PACKET_MS = 20;
const STEADY_MS = 1000;
/** ffmpeg finishes the file when both streams say goodbye; longer than this it does not take. */
const FINISH_MS = 1000;
/** A wall clock that was set during the call makes picture times wrong by that much: worth a word beside the capture. */
const MOVED_US = 1000;
const SSRC = 1;

interface Ports {
  readonly audio: ReceiverPort;
  readonly video: ReceiverPort;
}

/**
 * ffmpeg as a room's screen and loudspeaker: decodes what it is fed, and writes it without loss to Matroska. Time zero of the file is `originUs` of `<captureFile>.json`.
 *
 * - A picture's time is when it left the decoder, read off the wall clock by a filter of ffmpeg (`setpts`, `RTCTIME`), whose distance from the run's clock is measured here.
 * - Sound's time is when it is played, decided by `SoundFeed` and carried in RTP timestamps; a silent packet at time zero, the first that ffmpeg gets, is their origin.
 */
export class RoomReceiver implements AsyncDisposable {
  /** Resolves when the first picture was decoded. */
  readonly firstPicture: Promise<void>;
  /** Resolves when sound has been played for a while without a gap: jitter buffers on the way have found their delay by then. */
  readonly steadySound: Promise<void>;
  readonly #process: OwnedProcess;
  readonly #options: RoomReceiverOptions;
  readonly #originUs: number;
  readonly #offsetUs: number;
  readonly #ports: Ports;
  readonly #sound: SoundFeed;
  readonly #pictures: PictureFeed;
  readonly #resources: AsyncDisposableStack;
  #tick: Timer | undefined;
  #isClosing = false;
  #steady = (): void => {};
  /** Packets without a gap so far, and where the next one would go on. */
  #run = { packets: 0, next: 0 };

  private constructor(
    options: RoomReceiverOptions,
    process: OwnedProcess,
    times: { originUs: number; offsetUs: number },
    ports: Ports,
    resources: AsyncDisposableStack,
  ) {
    this.#options = options;
    this.#process = process;
    this.#originUs = times.originUs;
    this.#offsetUs = times.offsetUs;
    this.#ports = ports;
    this.#resources = resources;
    this.firstPicture = firstPictureOf(process);
    this.steadySound = new Promise((resolve) => {
      this.#steady = resolve;
    });
    this.#sound = new SoundFeed({
      clockRateHz: options.audio.clockRateHz,
      originUs: times.originUs,
      onPlayed: (packet) => this.#play(packet),
    });
    this.#pictures = new PictureFeed({
      onPacket: (packet) => ports.video.send(formatRtp(packet)),
      onLost: options.onKeyFrameNeeded,
    });
    void describeEnd(process).then((text) => this.#isClosing || options.onFault(text));
    this.#scheduleTick();
  }

  /** @throws PortsExhausted, SpawnFault */
  static async open(options: RoomReceiverOptions): Promise<RoomReceiver> {
    const { ffmpeg, host, workDir, captureFile, clock, audio, video } = options;
    await using opening = new AsyncDisposableStack();
    const { ports } = opening.use(await leaseUdpPorts({ count: 4, consecutive: true, host }));
    const [audioPort = 0, , videoPort = 0] = ports;
    const offsetUs = wallClockOffsetUs(clock);
    const originUs = clock.nowUs();
    const description = join(workDir, 'receiver.sdp');
    await writeFile(description, describe(host, [audio, audioPort], [video, videoPort]));
    await writeFile(`${captureFile}.json`, `${JSON.stringify({ originUs })}\n`);
    const args = receiverArguments(description, captureFile, originUs + offsetUs);
    const process = opening.use(spawnOwned(ffmpeg, args, { name: 'ffmpeg of a room: screen', cwd: workDir }));
    const port = async (number: number, primer: Uint8Array): Promise<ReceiverPort> =>
      opening.use(await ReceiverPort.open({ host, port: number, clock, primer }));
    return new RoomReceiver(
      options,
      process,
      { originUs, offsetUs },
      {
        audio: await port(audioPort, primerOf(audio, FIRST_TIMESTAMP, silence(audio))),
        video: await port(videoPort, primerOf(video, 0, ACCESS_UNIT_DELIMITER)),
      },
      opening.move(),
    );
  }

  receiveSound(packet: RtpPacket, arrivalUs: number): void {
    this.#sound.push(packet, arrivalUs);
  }

  receivePicture(packet: RtpPacket, arrivalUs: number): void {
    this.#pictures.push(packet, arrivalUs);
  }

  /** Ends the capture; the file is complete afterwards. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    this.#tick?.cancel();
    await this.#sayGoodbye();
    await this.#resources.disposeAsync();
    const { clock, captureFile } = this.#options;
    const movedUs = wallClockOffsetUs(clock) - this.#offsetUs;
    if (Math.abs(movedUs) < MOVED_US) return;
    await writeFile(
      `${captureFile}.json`,
      `${JSON.stringify({ originUs: this.#originUs, wallClockMovedUs: movedUs })}\n`,
    );
  }

  #scheduleTick(): void {
    const { clock } = this.#options;
    this.#tick = clock.schedule(TICK_MS, () => {
      this.#sound.tick(clock.nowUs());
      this.#pictures.tick(clock.nowUs());
      this.#scheduleTick();
    });
  }

  #play(packet: RtpPacket): void {
    this.#ports.audio.send(formatRtp({ ...packet, csrcs: [], extension: undefined }));
    const { timestamp } = packet;
    const packetTicks = (this.#options.audio.clockRateHz * PACKET_MS) / 1000;
    this.#run = {
      packets: timestamp <= this.#run.next ? this.#run.packets + 1 : 0,
      next: timestamp + packetTicks,
    };
    if (this.#run.packets * PACKET_MS >= STEADY_MS) this.#steady();
  }

  /** RTCP BYE on both streams is the end of the input for ffmpeg, at once; a signal it would only see with the next packet. */
  async #sayGoodbye(): Promise<void> {
    const goodbye = formatRtcpCompound([
      { type: 'receiver-report', ssrc: SSRC, reports: [] },
      { type: 'goodbye', ssrcs: [SSRC] },
    ]);
    this.#ports.audio.send(goodbye);
    this.#ports.video.send(goodbye);
    const late = Promise.withResolvers<void>();
    const timer = this.#options.clock.schedule(FINISH_MS, late.resolve);
    await Promise.race([this.#process.exited, late.promise]);
    timer.cancel();
  }
}

function firstPictureOf(process: OwnedProcess): Promise<void> {
  return new Promise((resolve) => {
    createInterface({ input: process.stdout }).on('line', (line) => {
      if (Number(/^frame=\s*(\d+)/.exec(line)?.[1] ?? 0) > 0) resolve();
    });
  });
}

function primerOf({ receivePayloadType }: NegotiatedCodec, timestamp: number, payload: Uint8Array): Uint8Array {
  return formatRtp({
    payloadType: receivePayloadType,
    marker: false,
    sequenceNumber: 0,
    timestamp,
    ssrc: SSRC,
    csrcs: [],
    payload,
  });
}

/** 20 ms of it. Of Opus what encoders send for digital silence (CELT, fullband, 20 ms). */
function silence({ name }: NegotiatedCodec): Uint8Array {
  switch (name) {
    case 'opus':
      return Uint8Array.of(0xf8, 0xff, 0xfe);
    case 'pcmu':
      return new Uint8Array(160).fill(0xff);
    case 'pcma':
      return new Uint8Array(160).fill(0xd5);
    default:
      return new Uint8Array(160).fill(0xfa);
  }
}

function describe(
  host: string,
  ...media: [audio: [NegotiatedCodec, number], video: [NegotiatedCodec, number]]
): string {
  const section = ([codec, port]: [NegotiatedCodec, number], kind: string): string[] => {
    const { receivePayloadType: type, encodingName, clockRateHz, channels, localFmtp } = codec;
    const parameters = Object.entries(localFmtp).map(([name, value]) => (value === '' ? name : `${name}=${value}`));
    return [
      `m=${kind} ${port} RTP/AVP ${type}`,
      `a=rtpmap:${type} ${encodingName}/${clockRateHz}${channels > 1 ? `/${channels}` : ''}`,
      ...(parameters.length === 0 ? [] : [`a=fmtp:${type} ${parameters.join(';')}`]),
    ];
  };
  const lines = [
    'v=0',
    `o=- 0 0 IN IP4 ${host}`,
    's=room',
    `c=IN IP4 ${host}`,
    't=0 0',
    ...section(media[0], 'audio'),
    ...section(media[1], 'video'),
  ];
  return `${lines.join('\r\n')}\r\n`;
}

/** `originWallUs`: what the wall clock says at time zero of the file. */
function receiverArguments(description: string, captureFile: string, originWallUs: number): string[] {
  return [
    ...['-hide_banner', '-loglevel', 'warning', '-nostdin', '-y', '-progress', 'pipe:1', '-stats_period', '0.05'],
    // Nothing is looked at in advance: sizes come with the first picture. Packets are in order already.
    ...['-protocol_whitelist', 'file,udp,rtp', '-probesize', '32', '-analyzeduration', '0'],
    ...['-fpsprobesize', '0', '-reorder_queue_size', '0', '-flags', 'low_delay', '-threads', '1'],
    ...['-copyts', '-i', description, '-map', '0:v:0', '-map', '0:a:0'],
    ...['-filter:v', `settb=1/1000000,setpts=RTCTIME-${originWallUs}`, '-fps_mode', 'passthrough'],
    // Without a time base of its own the encoder rounds the times to the frame rate.
    ...['-enc_time_base:v', '1:1000000', '-c:v', 'utvideo', '-pix_fmt', 'yuv420p', '-threads', '1'],
    ...['-c:a', 'pcm_s16le', '-ac', '1', '-max_interleave_delta', '200000'],
    ...['-f', 'matroska', '-cluster_time_limit', '400', '-flush_packets', '1', captureFile],
  ];
}
