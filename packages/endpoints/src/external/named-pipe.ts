import { execFile } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';

/** @throws where no pipe can be made */
export async function makePipe(path: string): Promise<void> {
  await promisify(execFile)('mkfifo', ['-m', '666', path]);
}

/** Reads what a program writes into a named pipe, from its first byte on; it may come and go. */
export function readPipe(path: string, onBytes: (bytes: Buffer) => void): Disposable {
  // Open both ways, opening waits for no writer, and that one goes ends nothing.
  const descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const socket = new Socket({ fd: descriptor, readable: true, writable: false });
  socket.on('data', onBytes);
  socket.on('error', () => {});
  return { [Symbol.dispose]: () => void socket.destroy() };
}

/** A microphone as a named pipe of samples (s16le, 48 kHz, mono). What nobody reads, or is not read in time, is lost: sound that waits would come late for ever. */
export class SoundPipe implements Disposable {
  readonly #path: string;
  #descriptor: number | undefined;

  private constructor(path: string) {
    this.#path = path;
  }

  static async open(path: string): Promise<SoundPipe> {
    await makePipe(path);
    return new SoundPipe(path);
  }

  speak(samples: Int16Array): void {
    try {
      // Refused while nobody has it open for reading.
      this.#descriptor ??= openSync(this.#path, constants.O_WRONLY | constants.O_NONBLOCK);
      writeSync(this.#descriptor, Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength));
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'EPIPE') this[Symbol.dispose]();
      else if (code !== 'ENXIO' && code !== 'EAGAIN') throw cause;
    }
  }

  [Symbol.dispose](): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}
