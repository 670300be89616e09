import type { RtpPacket } from './rtp-packet.ts';
import { sequenceDistance } from './sequence-number.ts';

/** A packet of one stream as somebody on the way saw it. */
export interface TimedRtp {
  readonly packet: RtpPacket;
  readonly atUs: number;
  /** Its number in the recording, from 1. */
  readonly number: number;
}

/** Something in a stream that its format forbids. */
export interface StreamFault {
  readonly at: TimedRtp;
  readonly text: string;
}

export interface StreamExamination {
  /** Things that were looked at: packets, or whole events. */
  readonly judged: number;
  readonly faults: readonly StreamFault[];
}

export interface SequencedRtp extends TimedRtp {
  /** Without roll-over. */
  readonly sequence: number;
}

/** In the order in which they were sent; what came twice counts once, when it came first. */
export function inSendingOrder(packets: readonly TimedRtp[]): SequencedRtp[] {
  let sequence = 0;
  let last: number | undefined;
  const seen = new Map<number, SequencedRtp>();
  for (const one of packets) {
    const { sequenceNumber } = one.packet;
    sequence += last === undefined ? sequenceNumber : sequenceDistance(last, sequenceNumber);
    last = sequenceNumber;
    if (!seen.has(sequence)) seen.set(sequence, { ...one, sequence });
  }
  return [...seen.values()].sort((a, b) => a.sequence - b.sequence);
}
