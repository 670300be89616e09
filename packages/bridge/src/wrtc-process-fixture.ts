import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type OwnedProcess, spawnOwned } from '@plugfest/host';

interface Seen {
  readonly luma: number;
  readonly tones: Readonly<Record<string, number>>;
  readonly restarts?: number;
  readonly ice?: string;
  readonly outgoingBps?: number;
  readonly fecPackets?: number;
}

/** For tests: whether this platform has libwebrtc in Node. */
export const hasWrtc = await import('@roamhq/wrtc').then(
  () => true,
  () => false,
);
if (!hasWrtc) console.warn('skipped, calls by libwebrtc: no wrtc for this platform');

/** For tests: `wrtc-peer-fixture.ts` in a process of its own. */
export class WrtcPeer implements AsyncDisposable {
  readonly #process: OwnedProcess;
  seen: Seen = { luma: -1, tones: {} };

  constructor(url: string, name: string, grey: number | 'noise', tone: number | 'voice', offering?: string) {
    const script = join(import.meta.dirname, 'wrtc-peer-fixture.ts');
    const args = [script, url, name, String(grey), String(tone), ...(offering === undefined ? [] : [offering])];
    this.#process = spawnOwned(process.execPath, args, { name: `wrtc ${name}`, stdin: 'pipe' });
    createInterface({ input: this.#process.stdout }).on('line', (line) => {
      this.seen = JSON.parse(line) as Seen;
    });
  }

  get complaints(): string {
    return this.#process.stderrTail();
  }

  /** By a re-INVITE with a second video. */
  share(grey: number): void {
    this.#process.stdin?.write(`${grey}\n`);
  }

  restartIce(): void {
    this.#process.stdin?.write('restart\n');
  }

  /** Its path carries no more from now on. */
  bound(rateBps: number): void {
    this.#process.stdin?.write(`bound ${rateBps}\n`);
  }

  /** Its path loses a part of all packets from now on. */
  lose(lossRatio: number): void {
    this.#process.stdin?.write(`lose ${lossRatio}\n`);
  }

  async hangUp(): Promise<void> {
    this.#process.stdin?.end();
    await this.#process.exited;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process.stop(0);
  }
}

export function near(luma: number, expected: number): boolean {
  return Math.abs(luma - expected) < 12;
}
