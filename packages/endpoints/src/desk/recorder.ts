import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { type OwnedProcess, spawnOwned } from '@plugfest/host';
import type { Clock } from '@plugfest/model';
import { wallClockOffsetUs } from '../sip-room/wall-clock.ts';
import { SCREEN_BORDER } from './screen.ts';
import { LOUDSPEAKER } from './sound-card.ts';

/** The screen is looked at this often: a picture's time is at most that long late. */
const LOOKS_PER_SECOND = 60;

export interface RecorderOptions {
  readonly ffmpeg: string;
  readonly clock: Clock;
  readonly display: string;
  readonly soundServer: string;
  readonly width: number;
  readonly height: number;
  readonly captureFile: string;
  readonly workDir: string;
}

/**
 * ffmpeg that films the screen and records the loudspeaker, without loss, into Matroska; pictures that do not change are left out. Both carry
 * the wall clock, whose distance from the run's clock is measured when it starts.
 */
export class Recorder implements AsyncDisposable {
  readonly exited: OwnedProcess['exited'];
  /** Pictures so far, told some twenty times a second. */
  onProgress: ((pictures: number) => void) | undefined;
  readonly #process: OwnedProcess;

  private constructor(process: OwnedProcess) {
    this.#process = process;
    this.exited = process.exited;
    createInterface({ input: process.stdout }).on('line', (line) => {
      const pictures = /^frame=\s*(\d+)/.exec(line)?.[1];
      if (pictures !== undefined) this.onProgress?.(Number(pictures));
    });
  }

  /** @throws SpawnFault */
  static async open(options: RecorderOptions): Promise<Recorder> {
    const { ffmpeg, clock, captureFile, workDir } = options;
    const originUs = clock.nowUs();
    const originWallUs = originUs + wallClockOffsetUs(clock);
    await writeFile(`${captureFile}.json`, `${JSON.stringify({ originUs })}\n`);
    return new Recorder(
      spawnOwned(ffmpeg, recorderArguments(options, originWallUs), {
        name: 'a recorder (ffmpeg)',
        cwd: workDir,
        env: { HOME: workDir },
        stdin: 'pipe',
      }),
    );
  }

  get stderrTail(): string {
    return this.#process.stderrTail();
  }

  /** Finishes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    // “q” ends its input at once and lets it finish the file.
    this.#process.stdin?.end('q');
    const late = new Promise<void>((resolve) => setTimeout(resolve, FINISH_MS).unref());
    await Promise.race([this.#process.exited, late]);
    await this.#process.stop();
  }
}

const FINISH_MS = 2000;

function recorderArguments(options: RecorderOptions, originWallUs: number): string[] {
  const { display, soundServer, width, height, captureFile } = options;
  const onClock = (filter: string): string => `${filter}=PTS-${originWallUs}`;
  return [
    ...['-hide_banner', '-loglevel', 'warning', '-y', '-progress', 'pipe:1', '-stats_period', '0.05', '-copyts'],
    ...['-thread_queue_size', '256', '-probesize', '32', '-analyzeduration', '0'],
    ...[
      '-f',
      'x11grab',
      '-draw_mouse',
      '0',
      '-framerate',
      String(LOOKS_PER_SECOND),
      '-video_size',
      `${width}x${height}`,
    ],
    ...['-i', `${display}+${SCREEN_BORDER},${SCREEN_BORDER}`],
    ...['-thread_queue_size', '256', '-f', 'pulse', '-server', soundServer, '-sample_rate', '48000', '-channels', '1'],
    ...['-fragment_size', '1920', '-i', `${LOUDSPEAKER}.monitor`, '-map', '0:v:0', '-map', '1:a:0'],
    ...['-filter:v', `settb=1/1000000,${onClock('setpts')},mpdecimate=max=0:hi=1:lo=1:frac=1,format=yuv420p`],
    ...['-filter:a', `asettb=1/1000000,${onClock('asetpts')}`],
    ...['-fps_mode', 'passthrough', '-enc_time_base:v', '1:1000000', '-c:v', 'utvideo', '-pix_fmt', 'yuv420p'],
    ...['-c:a', 'pcm_s16le', '-ac', '1', '-max_interleave_delta', '200000'],
    ...['-f', 'matroska', '-cluster_time_limit', '400', '-flush_packets', '1', captureFile],
  ];
}
