import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type OwnedProcess, spawnOwned } from '@plugfest/host';

/** What libwebrtc is shown and played: the middle of the picture, and the amplitude of tones. */
export interface Seen {
  readonly luma: number;
  readonly tones: Readonly<Record<string, number>>;
}

const READY_MS = 15_000;

/** libwebrtc in the conference: DTLS-SRTP that an injected handshake could break. Undefined where there is none for this machine. */
export class WebRtcWitness implements AsyncDisposable {
  seen: Seen = { luma: -1, tones: {} };
  before: Seen = this.seen;
  readonly #process: OwnedProcess;

  private constructor(url: string) {
    const script = join(import.meta.dirname, '../../packages/bridge/src/wrtc-peer-fixture.ts');
    this.#process = spawnOwned(process.execPath, [script, url, 'Wren', '120', '700'], { name: 'wrtc', stdin: 'pipe' });
    createInterface({ input: this.#process.stdout }).on('line', (line) => {
      this.seen = JSON.parse(line) as Seen;
    });
  }

  static async open(url: string): Promise<WebRtcWitness | undefined> {
    const present = await import('@roamhq/wrtc').then(
      () => true,
      () => false,
    );
    if (!present) {
      console.log('not run, DTLS of libwebrtc: no wrtc for this platform; mend it with: npm install');
      return undefined;
    }
    const witness = new WebRtcWitness(url);
    const sinceMs = performance.now();
    while (!((witness.seen.tones[400] ?? 0) > 1000) && performance.now() - sinceMs < READY_MS)
      await new Promise((resolve) => setTimeout(resolve, 50));
    witness.before = witness.seen;
    return witness;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop(0);
  }
}
