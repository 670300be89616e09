import { type Random, seededRandom } from '@plugfest/model';
import { DelayBasedRate } from './delay-based-rate.ts';
import type { TransportFeedback } from './rtcp-packet.ts';
import { SendRate } from './send-rate.ts';
import { SentTransportPackets } from './sent-transport-packets.ts';
import { TransportArrivals } from './transport-arrivals.ts';

const MS = 1000;
const PACKET_BYTES = 1200;
const AUDIO_BYTES = 160;
const AUDIO_BPS = AUDIO_BYTES * 8 * 50;
const FEEDBACK_MS = 75;
const QUEUE_BYTES = 65_536;

export interface PathOptions {
  readonly seed?: number;
  /** What the bottleneck carries at a time; none where left out. */
  readonly rateBps?: (atMs: number) => number;
  /** What is to be sent at a time, where the target allows it. */
  readonly wantedBps?: (atMs: number) => number;
  readonly maxBps?: number;
  readonly delayMs?: number;
  /** More, uniformly; packets keep their order unless they may overtake. */
  readonly jitterMs?: number;
  readonly mayOvertake?: boolean;
  readonly lossRatio?: number;
  readonly feedbackLossRatio?: number;
  readonly framesPerSecond?: number;
  /** Every so often a picture is eight times as large. */
  readonly keyFrameEveryMs?: number;
}

export interface Sample {
  readonly atMs: number;
  readonly targetBps: number;
  readonly queueMs: number;
}

interface Event {
  readonly atMs: number;
  readonly run: () => void;
}

/** For tests: an encoder with sound beside it, a bottleneck with its queue, a receiver that gives feedback. Time is simulated. */
export class SimulatedPath {
  readonly #options: PathOptions;
  readonly #random: Random;
  readonly #packets = new SentTransportPackets();
  readonly #arrivals = new TransportArrivals();
  readonly rate = new DelayBasedRate();
  readonly sendRate: SendRate;
  readonly samples: Sample[] = [];
  #events: Event[] = [];
  #nowMs = 1000;
  /** When the bottleneck has sent its queue. */
  #freeMs = 0;
  #lastArrivalMs = 0;

  constructor(options: PathOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed ?? 1);
    this.sendRate = new SendRate({ minBps: 64_000, maxBps: options.maxBps ?? 1_000_000 });
  }

  run(seconds: number): void {
    const { framesPerSecond = 15, keyFrameEveryMs = Infinity } = this.#options;
    const endMs = this.#nowMs + seconds * 1000;
    const frameMs = 1000 / framesPerSecond;
    let keyMs = this.#nowMs + keyFrameEveryMs;
    this.#every(frameMs, () => {
      const isKey = this.#nowMs >= keyMs;
      if (isKey) keyMs += keyFrameEveryMs;
      const wanted = this.#options.wantedBps?.(this.#nowMs) ?? Infinity;
      const bps = Math.min(wanted, this.#targetBps) * (0.8 + 0.4 * this.#random.next());
      for (let bytes = (bps * frameMs * (isKey ? 8 : 1)) / 8000; bytes > 0; bytes -= PACKET_BYTES) {
        this.#send(Math.ceil(Math.min(bytes, PACKET_BYTES)));
      }
    });
    this.#every(20, () => this.#send(AUDIO_BYTES));
    this.#every(FEEDBACK_MS, () => this.#report());
    this.#every(100, () => {
      const queueMs = Math.max(0, this.#freeMs - this.#nowMs);
      this.samples.push({ atMs: this.#nowMs - 1000, targetBps: this.#targetBps, queueMs });
    });
    for (let next = this.#next(endMs); next; next = this.#next(endMs)) {
      this.#nowMs = next.atMs;
      next.run();
    }
    this.#events = [];
  }

  get #targetBps(): number {
    return this.sendRate.targetBps(this.#nowMs * MS);
  }

  #next(endMs: number): Event | undefined {
    return (this.#events[0]?.atMs ?? Infinity) > endMs ? undefined : this.#events.shift();
  }

  #at(atMs: number, run: () => void): void {
    const index = this.#events.findIndex((event) => event.atMs > atMs);
    this.#events.splice(index === -1 ? this.#events.length : index, 0, { atMs, run });
  }

  #every(intervalMs: number, run: () => void): void {
    const turn = (): void => {
      run();
      this.#at(this.#nowMs + intervalMs, turn);
    };
    this.#at(this.#nowMs + intervalMs * this.#random.next(), turn);
  }

  #send(bytes: number): void {
    const { rateBps, delayMs = 20, jitterMs = 0, mayOvertake = false, lossRatio = 0 } = this.#options;
    const number = this.#packets.send(bytes, this.#nowMs * MS);
    if (this.#random.next() < lossRatio) return;
    const bps = rateBps?.(this.#nowMs - 1000) ?? Infinity;
    const startMs = Math.max(this.#nowMs, this.#freeMs);
    if (((startMs - this.#nowMs) * bps) / 8000 > QUEUE_BYTES) return;
    this.#freeMs = startMs + (bytes * 8000) / bps;
    const atMs = this.#freeMs + delayMs + jitterMs * this.#random.next();
    this.#lastArrivalMs = mayOvertake ? atMs : Math.max(atMs, this.#lastArrivalMs);
    this.#at(this.#lastArrivalMs, () => this.#arrivals.arrived(number, Math.round(this.#nowMs * MS) + 77_777_777));
  }

  #report(): void {
    const { delayMs = 20, feedbackLossRatio = 0 } = this.#options;
    for (const report of this.#arrivals.feedback()) {
      if (this.#random.next() < feedbackLossRatio) continue;
      this.#at(this.#nowMs + delayMs, () => this.#take({ ...report, senderSsrc: 1, mediaSsrc: 2 }));
    }
  }

  #take(feedback: TransportFeedback): void {
    const nowUs = this.#nowMs * MS;
    this.rate.take(this.#packets.take(feedback), nowUs);
    const { bitrateBps = Infinity } = this.rate;
    this.sendRate.onDelayEstimate(bitrateBps - AUDIO_BPS, nowUs);
  }
}
