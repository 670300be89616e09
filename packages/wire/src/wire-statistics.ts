import type { Clock } from '@plugfest/model';
import type { Direction } from './media-relay.ts';
import { RtpStreamStatistics } from './rtp-stream-statistics.ts';
import type { LearnedSection } from './sdp-rewrite.ts';

/** One m-line in one direction. */
export interface MLineCount {
  readonly mLine: number;
  /** All that was delivered: RTP, RTCP, STUN, DTLS. */
  readonly packets: number;
  readonly bytes: number;
  readonly rtpPackets: number;
  /** By sequence numbers; undefined where no RTP came. */
  readonly lossRatio: number | undefined;
  /** Interarrival jitter (RFC 3550 §6.4.1) of the worst stream; undefined where no stream has a known clock rate. */
  readonly jitterMs: number | undefined;
}

export interface DirectionStatistics {
  readonly mLines: readonly MLineCount[];
  /** Packets that the impairment lost. */
  readonly dropped: number;
  /** Packets of third parties, not passed on. */
  readonly foreign: number;
}

export type WireStatistics = Record<Direction, DirectionStatistics>;

interface Counter {
  packets: number;
  bytes: number;
  readonly streams: Map<number, RtpStreamStatistics>;
}

/** An RTP stream that nobody described gets no more than this many of its kind: a flood of SSRCs must not fill the memory. */
const STREAMS_PER_M_LINE = 64;

/** Counts one direction by m-line; within a bundle, packets find their m-line by payload type. */
export class MLineStatistics {
  readonly #clock: Clock;
  readonly #counters = new Map<number, Counter>();
  #mLines = new Map<number, number>();
  #clockRatesHz = new Map<number, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What the descriptions say of payload types. One that more than one m-line uses says nothing of the m-line. */
  describe(sections: readonly LearnedSection[]): void {
    this.#clockRatesHz = new Map(sections.flatMap((section) => [...section.clockRatesHz]));
    this.#mLines = new Map();
    const shared = new Set<number>();
    for (const { index, clockRatesHz } of sections) {
      for (const payloadType of clockRatesHz.keys()) {
        if ((this.#mLines.get(payloadType) ?? index) !== index) shared.add(payloadType);
        this.#mLines.set(payloadType, index);
      }
    }
    for (const payloadType of shared) this.#mLines.delete(payloadType);
  }

  count(relay: number, payload: Uint8Array): void {
    const rtp = isRtp(payload);
    const payloadType = (payload[1] ?? 0) & 0x7f;
    const counter = this.#counter((rtp ? this.#mLines.get(payloadType) : undefined) ?? relay);
    counter.packets++;
    counter.bytes += payload.length;
    if (!rtp) return;
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    const ssrc = view.getUint32(8);
    let stream = counter.streams.get(ssrc);
    if (!stream) {
      if (counter.streams.size >= STREAMS_PER_M_LINE) return;
      stream = new RtpStreamStatistics();
      counter.streams.set(ssrc, stream);
    }
    const clockRateHz = this.#clockRatesHz.get(payloadType);
    stream.count(view.getUint16(2), view.getUint32(4), this.#clock.nowUs(), clockRateHz);
  }

  snapshot(): MLineCount[] {
    return [...this.#counters].sort(([a], [b]) => a - b).map(([mLine, counter]) => summarise(mLine, counter));
  }

  #counter(mLine: number): Counter {
    let counter = this.#counters.get(mLine);
    if (!counter) {
      counter = { packets: 0, bytes: 0, streams: new Map() };
      this.#counters.set(mLine, counter);
    }
    return counter;
  }
}

function summarise(mLine: number, { packets, bytes, streams }: Counter): MLineCount {
  const all = [...streams.values()];
  const sum = (value: (stream: RtpStreamStatistics) => number): number =>
    all.reduce((total, one) => total + value(one), 0);
  const expected = sum((stream) => stream.expected);
  const jitters = all.flatMap((stream) => stream.jitterMs ?? []);
  return {
    mLine,
    packets,
    bytes,
    rtpPackets: sum((stream) => stream.received),
    lossRatio:
      expected === 0
        ? undefined
        : Math.max(
            0,
            sum((stream) => stream.lost),
          ) / expected,
    jitterMs: jitters.length === 0 ? undefined : Math.max(...jitters),
  };
}

/** RFC 7983 §7 and RFC 5761 §4: version 2, and no RTCP packet type. */
export function isRtp(payload: Uint8Array): boolean {
  const [first = 0, second = 0] = payload;
  return payload.length >= 12 && first >= 128 && first <= 191 && (second < 192 || second > 223);
}
