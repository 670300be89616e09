import { parseTelephoneEvent } from './telephone-event.ts';
import { inSendingOrder, type StreamExamination, type StreamFault, type TimedRtp } from './timed-rtp.ts';

/** How far an event's clock may seem off: senders put in when they meant to send, networks delay. */
const TOLERANCE = 1.5;
/** Fewer updates of a duration say nothing of its clock. */
const MIN_UPDATES = 3;
const FIELD_IS_FULL = 0xffff;
/** What was held up comes at once, and tells nothing of a clock. */
const TOGETHER_US = 2000;

/**
 * Whether the durations of telephone-events grow with the time that passes, on the clock that was agreed. Packets are those of the event's payload type.
 * @see RFC 4733 §2.3.5, §2.5.1.2
 */
export function examineEvents(packets: readonly TimedRtp[], clockRateHz: number): StreamExamination {
  const events = Map.groupBy(inSendingOrder(packets), ({ packet }) => packet.timestamp);
  const faults: StreamFault[] = [];
  let judged = 0;
  for (const updates of events.values()) {
    const growing = updates.flatMap((at) => {
      const parsed = parseTelephoneEvent(at.packet.payload);
      const counts = parsed.ok && !parsed.value.end && parsed.value.durationTicks < FIELD_IS_FULL;
      return counts ? [{ at, ticks: parsed.value.durationTicks }] : [];
    });
    const last = growing.at(-1);
    const rates = growing.slice(1).flatMap(({ at, ticks }, i) => {
      const before = growing[i];
      const passedUs = before ? at.atUs - before.at.atUs : 0;
      return before && passedUs > TOGETHER_US ? [((ticks - before.ticks) * 1e6) / passedUs] : [];
    });
    if (!last || rates.length < MIN_UPDATES - 1) continue;
    judged++;
    const rateHz = rates.toSorted((x, y) => x - y)[rates.length >> 1] as number;
    if (rateHz > clockRateHz / TOLERANCE && rateHz < clockRateHz * TOLERANCE) continue;
    faults.push({
      at: last.at,
      text: `the duration grows by ${Math.round(rateHz)} ticks a second; its clock was agreed at ${clockRateHz} Hz`,
    });
  }
  return { judged, faults };
}
