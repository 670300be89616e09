import { z } from 'zod';

const SAMPLE_MS = 250;

const statisticsSchema = z.object({
  cpuMs: z.number(),
  rssBytes: z.number(),
  signalling: z.object({ sessions: z.number(), transactions: z.number(), connections: z.number() }),
  defences: z.record(z.string(), z.number()),
  participants: z.array(z.object({ refusedPackets: z.number() })),
});
export type BridgeSample = z.output<typeof statisticsSchema>;

/** Samples a bridge by its control API, and hears what it says of itself. */
export class BridgeWatch implements AsyncDisposable {
  readonly faults: string[] = [];
  /** Media ports that the bridge gave to callers by WebSocket. */
  readonly webRtcPorts: number[] = [];
  peakRssBytes = 0;
  slowestMs = 0;
  readonly #url: string;
  readonly #ending = new AbortController();
  readonly #timer: NodeJS.Timeout;

  private constructor(url: string) {
    this.#url = url;
    this.#timer = setInterval(() => void this.sample().catch(() => undefined), SAMPLE_MS);
  }

  static async open(controlUrl: string): Promise<BridgeWatch> {
    const watch = new BridgeWatch(controlUrl);
    const events = await fetch(`${controlUrl}/events`, { signal: watch.#ending.signal });
    void watch.#listen(events).catch(() => undefined);
    return watch;
  }

  async sample(): Promise<BridgeSample> {
    const sinceMs = performance.now();
    const response = await fetch(`${this.#url}/statistics`);
    const sample = statisticsSchema.parse(await response.json());
    this.slowestMs = Math.max(this.slowestMs, performance.now() - sinceMs);
    this.peakRssBytes = Math.max(this.peakRssBytes, sample.rssBytes);
    return sample;
  }

  async #listen(response: Response): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) this.#take(block);
    }
  }

  #take(block: string): void {
    if (/^event: *bridge\.fault$/m.test(block)) this.faults.push(block.slice(0, 300));
    const port = /SIP\/2\.0 200.*m=audio (\d+) UDP\/TLS\/RTP\/SAVPF/s.exec(block)?.[1];
    if (port) this.webRtcPorts.push(Number(port));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#ending.abort();
  }
}
