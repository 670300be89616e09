import { timestampDistance } from './sequence-number.ts';
import { inSendingOrder, type StreamExamination, type StreamFault, type TimedRtp } from './timed-rtp.ts';

/** Pictures that are sent out of the order of their times (B-frames) go back no further. */
const REORDERED_US = 150_000;
/** A sender that was held up leaves out what is too late, and goes on at the time that it is. */
const LEFT_OUT_US = 3_000_000;
/** What a network, or a busy machine, may hold a packet back at once. */
const HELD_BACK_US = 750_000;
/** What was held back comes all at once; what is still behind after that is behind for good. */
const FOR_GOOD_US = 2_000_000;

/**
 * Whether a stream's timestamps go with the time that passes: they come from a clock that grows evenly, also over a pause. They must not go back, not run ahead of
 * time, and not fall behind it for good; lateness is the network's. All packets have one clock rate.
 * @see RFC 3550 §5.1
 */
export function examineTimeline(packets: readonly TimedRtp[], clockRateHz: number): StreamExamination {
  const ordered = inSendingOrder(packets);
  const aheadUs = aheadOf(ordered, clockRateHz);
  const faults: StreamFault[] = [];
  for (let i = 1; i < ordered.length; i++) {
    const [from, at] = [ordered[i - 1] as TimedRtp, ordered[i] as TimedRtp];
    const ticksUs = (timestampDistance(from.packet.timestamp, at.packet.timestamp) * 1e6) / clockRateHz;
    const stepUs = (aheadUs[i] as number) - (aheadUs[i - 1] as number);
    const isWrong =
      ticksUs < -REORDERED_US || stepUs > LEFT_OUT_US || (stepUs < -HELD_BACK_US && staysBehind(ordered, aheadUs, i));
    if (!isWrong || isOneLate(aheadUs, i)) continue;
    const [ticksMs, passedMs] = [Math.round(ticksUs / 1000), Math.round((at.atUs - from.atUs) / 1000)];
    const text = `timestamp ${from.packet.timestamp} → ${at.packet.timestamp} is ${ticksMs} ms of its clock, while ${passedMs} ms passed`;
    faults.push({ at, text });
  }
  return { judged: ordered.length, faults };
}

/** By how much the stream's own time is ahead of ours, from an arbitrary origin, for each packet. */
function aheadOf(ordered: readonly TimedRtp[], clockRateHz: number): number[] {
  let ticks = 0;
  let last: number | undefined;
  return ordered.map(({ packet, atUs }) => {
    if (last !== undefined) ticks += timestampDistance(last, packet.timestamp);
    last = packet.timestamp;
    return (ticks * 1e6) / clockRateHz - atUs;
  });
}

/** Long enough, and never back to where it was before. */
function staysBehind(ordered: readonly TimedRtp[], aheadUs: readonly number[], at: number): boolean {
  const [fromUs, before] = [(ordered[at] as TimedRtp).atUs, aheadUs[at - 1] as number];
  for (let i = at; i < ordered.length; i++) {
    if ((aheadUs[i] as number) > before - HELD_BACK_US) return false;
    if ((ordered[i] as TimedRtp).atUs - fromUs >= FOR_GOOD_US) return true;
  }
  return false;
}

/** The packet before was late, and this one is not: the step is the late one's. */
function isOneLate(aheadUs: readonly number[], at: number): boolean {
  const earlier = aheadUs[at - 2];
  return earlier !== undefined && Math.abs((aheadUs[at] as number) - earlier) < HELD_BACK_US;
}
