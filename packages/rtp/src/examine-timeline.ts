import { timestampDistance } from './sequence-number.ts';
import { inSendingOrder, type StreamExamination, type StreamFault, type TimedRtp } from './timed-rtp.ts';

/** What a network may hold a packet back without the timeline being wrong. */
const PATIENCE_US = 750_000;
/** So many packets before and after a jump say whether it was one; after it there must be a few. */
const WITNESSES = 5;
const MIN_WITNESSES = 3;

/**
 * Whether a stream's timestamps go with the time that passes: they come from a clock that grows evenly, also over a pause. All packets have one clock rate.
 * @see RFC 3550 §5.1
 */
export function examineTimeline(packets: readonly TimedRtp[], clockRateHz: number): StreamExamination {
  const ordered = inSendingOrder(packets);
  const offsetsUs = offsetsOf(ordered, clockRateHz);
  const faults: StreamFault[] = [];
  for (let i = 1; i < ordered.length; i++) {
    const [before, after] = [offsetsUs[i - 1] as number, offsetsUs[i] as number];
    if (Math.abs(after - before) <= PATIENCE_US) continue;
    // A single packet that was held back is the network's doing.
    const [earlier, later] = [offsetsUs.slice(Math.max(0, i - WITNESSES), i), offsetsUs.slice(i, i + WITNESSES)];
    if (later.length < MIN_WITNESSES || Math.abs(median(later) - median(earlier)) <= PATIENCE_US) continue;
    const [from, at] = [ordered[i - 1] as TimedRtp, ordered[i] as TimedRtp];
    const passedMs = Math.round((at.atUs - from.atUs) / 1000);
    const ticksMs = Math.round((timestampDistance(from.packet.timestamp, at.packet.timestamp) / clockRateHz) * 1000);
    faults.push({
      at,
      text: `timestamp ${from.packet.timestamp} → ${at.packet.timestamp} is ${ticksMs} ms of its clock, while ${passedMs} ms passed`,
    });
  }
  return { judged: ordered.length, faults };
}

/** The stream's own time minus ours, for each packet. */
function offsetsOf(ordered: readonly TimedRtp[], clockRateHz: number): number[] {
  let ticks = 0;
  let last: number | undefined;
  return ordered.map(({ packet, atUs }) => {
    if (last !== undefined) ticks += timestampDistance(last, packet.timestamp);
    last = packet.timestamp;
    return (ticks * 1e6) / clockRateHz - atUs;
  });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
