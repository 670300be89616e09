import { createInterface } from 'node:readline';
import { type OwnedProcess, spawnOwned } from '@plugfest/host';

/** Round the picture, for the border that programs draw round their windows. */
export const SCREEN_BORDER = 1;

/** A display of one's own (Xvfb) for a program that shows what it decodes in a window: what is on it is what its user would see. */
export class Screen implements AsyncDisposable {
  /** For `DISPLAY`. */
  readonly display: string;
  readonly exited: OwnedProcess['exited'];
  readonly #process: OwnedProcess;

  private constructor(process: OwnedProcess, display: string) {
    this.#process = process;
    this.display = display;
    this.exited = process.exited;
  }

  /** A screen of the size of the picture and its border. @throws SpawnFault, or where Xvfb ends instead of telling its display */
  static async open(xvfb: string, { width, height }: { width: number; height: number }): Promise<Screen> {
    const size = `${width + 2 * SCREEN_BORDER}x${height + 2 * SCREEN_BORDER}x24`;
    const args = ['-displayfd', '1', '-screen', '0', size, '-nolisten', 'tcp', '-noreset'];
    await using opening = new AsyncDisposableStack();
    const process = opening.use(spawnOwned(xvfb, args, { name: 'a screen (Xvfb)' }));
    const number = await firstLine(process);
    if (number === undefined) throw new Error(`Xvfb did not start: ${process.stderrTail().trim().slice(-500)}`);
    opening.move();
    return new Screen(process, `:${number.trim()}`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process.stop();
  }
}

function firstLine(process: OwnedProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    createInterface({ input: process.stdout })
      .once('line', resolve)
      .once('close', () => resolve(undefined));
  });
}
