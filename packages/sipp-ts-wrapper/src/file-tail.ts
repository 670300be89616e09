import { type FSWatcher, watch } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

const CHUNK_BYTES = 64 * 1024;
/** Where the system's notices of changes are late or none. */
const LOOK_INTERVAL_MS = 100;

/** Follows a file that another process writes. */
export class FileTail {
  readonly #file: FileHandle;
  readonly #take: (bytes: Uint8Array) => void;
  readonly #watcher: FSWatcher;
  readonly #interval: NodeJS.Timeout;
  #reading: Promise<void> = Promise.resolve();
  #isQueued = false;
  #position = 0;

  private constructor(file: FileHandle, path: string, take: (bytes: Uint8Array) => void) {
    this.#file = file;
    this.#take = take;
    this.#watcher = watch(path, () => this.#look());
    this.#watcher.on('error', () => {});
    this.#interval = setInterval(() => this.#look(), LOOK_INTERVAL_MS);
    this.#interval.unref();
  }

  /** Makes the file where it is not there yet. `take` is given the bytes in order, and may not keep them. */
  static async open(path: string, take: (bytes: Uint8Array) => void): Promise<FileTail> {
    return new FileTail(await open(path, 'a+'), path, take);
  }

  /** Reads what is there by now, and follows no more. */
  async close(): Promise<void> {
    clearInterval(this.#interval);
    this.#watcher.close();
    this.#look();
    await this.#reading;
    await this.#file.close();
  }

  #look(): void {
    if (this.#isQueued) return;
    this.#isQueued = true;
    this.#reading = this.#reading.then(() => this.#readOn());
  }

  async #readOn(): Promise<void> {
    this.#isQueued = false;
    const buffer = Buffer.alloc(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await this.#file.read(buffer, 0, CHUNK_BYTES, this.#position);
      if (bytesRead === 0) return;
      this.#position += bytesRead;
      this.#take(buffer.subarray(0, bytesRead));
    }
  }
}
