import { execFile } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Clock, Timer, VideoFrame } from '@plugfest/model';

/** A pipe holds 64 KiB, a picture is some times that: it is filled up this often. */
const FILL_MS = 2;
const FRAME = Buffer.from('FRAME\n');

export interface CameraFormat {
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
}

/** A camera as a named pipe of raw pictures (YUV4MPEG2) that a program reads. Pictures that it does not take in time are left out. */
export class CameraPipe implements Disposable {
  readonly path: string;
  readonly #clock: Clock;
  readonly #descriptor: number;
  /** What of a picture, or of the header, does not fit into the pipe yet. */
  #rest: Buffer;
  #timer: Timer | undefined;
  #left = 0;

  private constructor(path: string, clock: Clock, { width, height, frameRate }: CameraFormat) {
    this.path = path;
    this.#clock = clock;
    // Open both ways, opening waits for no reader and writing never breaks the pipe; and nothing here may block.
    this.#descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    this.#rest = Buffer.from(`YUV4MPEG2 W${width} H${height} F${frameRate}:1 Ip A1:1 C420mpeg2\n`);
    this.#fill();
  }

  /** @throws where no pipe can be made */
  static async open(path: string, clock: Clock, format: CameraFormat): Promise<CameraPipe> {
    await promisify(execFile)('mkfifo', ['-m', '600', path]);
    return new CameraPipe(path, clock, format);
  }

  /** Pictures that were left out. */
  get left(): number {
    return this.#left;
  }

  show(frame: VideoFrame): void {
    if (this.#rest.length > 0) {
      this.#left++;
      return;
    }
    this.#rest = Buffer.concat([FRAME, frame.data]);
    this.#fill();
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
    closeSync(this.#descriptor);
  }

  #fill(): void {
    try {
      while (this.#rest.length > 0) this.#rest = this.#rest.subarray(writeSync(this.#descriptor, this.#rest));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EAGAIN') throw cause;
      this.#timer = this.#clock.schedule(FILL_MS, () => this.#fill());
    }
  }
}
