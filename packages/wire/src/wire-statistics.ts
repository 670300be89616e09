import type { Clock } from '@plugfest/model';
import { demultiplex, RtpReceiverStats } from '@plugfest/rtp';
import type { LineCounts } from './impairment.ts';
import type { Direction } from './media-relay.ts';
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
  /** What the line did to packets, one by one. */
  readonly line: LineCounts;
}

export type WireStatistics = Record<Direction, DirectionStatistics>;

interface Stream {
  readonly stats: RtpReceiverStats;
  readonly isClockRateKnown: boolean;
}

interface Counter {
  packets: number;
  bytes: number;
  readonly streams: Map<number, Stream>;
  rtpPackets: number;
}

const RTP_HEADER_BYTES = 12;
/** Streams that are told apart: a flood of SSRCs must not fill the memory. */
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
    const isRtp = payload.length >= RTP_HEADER_BYTES && demultiplex(payload) === 'rtp';
    const payloadType = (payload[1] ?? 0) & 0x7f;
    const counter = this.#counter((isRtp ? this.#mLines.get(payloadType) : undefined) ?? relay);
    counter.packets++;
    counter.bytes += payload.length;
    if (!isRtp) return;
    counter.rtpPackets++;
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    const packet = { sequenceNumber: view.getUint16(2), timestamp: view.getUint32(4) };
    this.#stream(counter, view.getUint32(8), payloadType)?.stats.receive(packet, this.#clock.nowUs());
  }

  snapshot(): MLineCount[] {
    return [...this.#counters].sort(([a], [b]) => a - b).map(([mLine, counter]) => summarise(mLine, counter));
  }

  #stream({ streams }: Counter, ssrc: number, payloadType: number): Stream | undefined {
    const known = streams.get(ssrc);
    if (known || streams.size >= STREAMS_PER_M_LINE) return known;
    const clockRateHz = this.#clockRatesHz.get(payloadType);
    const stream = {
      stats: new RtpReceiverStats({ ssrc, clockRateHz: clockRateHz ?? 1 }),
      isClockRateKnown: clockRateHz !== undefined,
    };
    streams.set(ssrc, stream);
    return stream;
  }

  #counter(mLine: number): Counter {
    let counter = this.#counters.get(mLine);
    if (!counter) {
      counter = { packets: 0, bytes: 0, rtpPackets: 0, streams: new Map() };
      this.#counters.set(mLine, counter);
    }
    return counter;
  }
}

function summarise(mLine: number, { packets, bytes, rtpPackets, streams }: Counter): MLineCount {
  const counted = [...streams.values()].map(({ stats, isClockRateKnown }) => ({ ...stats.counters, isClockRateKnown }));
  const expected = counted.reduce((sum, one) => sum + one.expected, 0);
  const lost = counted.reduce((sum, one) => sum + one.lost, 0);
  const jitters = counted.flatMap((one) => (one.isClockRateKnown && one.received > 1 ? [one.jitterMs] : []));
  return {
    mLine,
    packets,
    bytes,
    rtpPackets,
    lossRatio: expected === 0 ? undefined : Math.max(0, lost) / expected,
    jitterMs: jitters.length === 0 ? undefined : Math.max(...jitters),
  };
}
