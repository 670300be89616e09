import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { leaseUdpPorts, type OwnedProcess, type PortLease, spawnOwned } from '@plugfest/host';
import type { Clock } from '@plugfest/model';
import type { RoomCodec } from './room-profile.ts';

export interface RoomReceiverOptions {
  readonly ffmpeg: string;
  readonly host: string;
  readonly workDir: string;
  readonly captureFile: string;
  readonly clock: Clock;
  readonly audio: RoomCodec;
  readonly video: RoomCodec;
}

const CAPTURE_RATE_HZ = 48_000;
/** ffmpeg finishes the file when it is asked to end; longer than this it does not take. */
const FINISH_MS = 2000;

/**
 * ffmpeg as a room's screen and loudspeaker: decodes what comes to its ports and writes it, without loss, with the times at which it came. Packets are stamped with the wall clock when they are
 * read; the file's time zero is therefore the Unix epoch, and `<captureFile>.json` says where that lies on the run's clock.
 */
export class RoomReceiver implements AsyncDisposable {
  readonly #lease: PortLease;
  readonly #process: OwnedProcess;
  /** Resolves when the first picture was decoded. */
  readonly firstPicture: Promise<void>;

  private constructor(lease: PortLease, child: OwnedProcess) {
    this.#lease = lease;
    this.#process = child;
    this.firstPicture = new Promise((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const frames = /^frame=\s*(\d+)/.exec(line)?.[1];
        if (frames !== undefined && Number(frames) > 0) resolve();
      });
    });
  }

  /** @throws PortsExhausted, SpawnFault */
  static async open(options: RoomReceiverOptions): Promise<RoomReceiver> {
    const { ffmpeg, host, workDir, captureFile, clock } = options;
    const lease = await leaseUdpPorts({ count: 4, consecutive: true, host });
    const description = join(workDir, 'receiver.sdp');
    writeFileSync(description, receiverSdp(options, lease.ports));
    writeFileSync(`${captureFile}.json`, `${JSON.stringify({ originUs: clock.nowUs() - Date.now() * 1000 })}\n`);
    const child = spawnOwned(ffmpeg, receiverArguments(description, captureFile), {
      name: 'ffmpeg receiver',
      cwd: workDir,
    });
    return new RoomReceiver(lease, child);
  }

  /** RTP ports; RTCP's are the next. */
  get audioPort(): number {
    return this.#lease.ports[0] ?? 0;
  }

  get videoPort(): number {
    return this.#lease.ports[2] ?? 0;
  }

  /** Ends the capture; the file is complete afterwards. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop(FINISH_MS);
    this.#lease.release();
  }
}

function receiverSdp({ host, audio, video }: RoomReceiverOptions, ports: readonly number[]): string {
  const section = (kind: string, port: number | undefined, { payloadType, rtpmap, fmtp }: RoomCodec): string[] => [
    `m=${kind} ${port} RTP/AVP ${payloadType}`,
    `a=rtpmap:${payloadType} ${rtpmap}`,
    ...(fmtp === undefined ? [] : [`a=fmtp:${payloadType} ${fmtp}`]),
  ];
  const lines = [
    'v=0',
    `o=- 0 0 IN IP4 ${host}`,
    's=room',
    `c=IN IP4 ${host}`,
    't=0 0',
    ...section('audio', ports[0], audio),
    ...section('video', ports[2], video),
  ];
  return `${lines.join('\r\n')}\r\n`;
}

function receiverArguments(description: string, captureFile: string): string[] {
  return [
    ...['-hide_banner', '-loglevel', 'warning', '-nostdin', '-y', '-progress', 'pipe:1', '-stats_period', '0.1'],
    ...['-protocol_whitelist', 'file,udp,rtp', '-fflags', 'nobuffer', '-flags', 'low_delay', '-threads', '1'],
    ...['-reorder_queue_size', '32', '-max_delay', '50000', '-analyzeduration', '1500000', '-probesize', '200000'],
    // Without absolute times of arrival a capture says nothing about delay; without its own time base the encoder would round them to the frame rate.
    ...['-use_wallclock_as_timestamps', '1', '-copyts', '-i', description],
    ...[
      '-map',
      '0:v:0',
      '-map',
      '0:a:0',
      '-c:v',
      'utvideo',
      '-pix_fmt',
      'yuv420p',
      '-fps_mode',
      'passthrough',
      // Without a time base of its own the encoder rounds the times to the frame rate.
      '-enc_time_base:v',
      '1:1000',
      '-threads',
      '1',
    ],
    ...['-c:a', 'pcm_s16le', '-ar', String(CAPTURE_RATE_HZ), '-ac', '1'],
    ...['-f', 'matroska', '-cluster_time_limit', '400', '-flush_packets', '1', captureFile],
  ];
}
