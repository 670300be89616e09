import type { Exchange, SpokenRtp } from '@plugfest/probe';
import { NoEvidence, type Probe } from '@plugfest/probe';
import { parseTelephoneEvent } from '@plugfest/rtp';
import { OPUS_WITH_EVENTS } from './opus-offer.ts';

/** The press that the bridge makes lasts so long. */
const PRESS_MS = 100;
/** Packets that repeat the end. @see RFC 4733 §2.5.1.4 */
const LAST_PACKETS = 3;

/** Joins with Opus and has the bridge press a key for it. */
export async function hasKeyPressed(probe: Probe): Promise<void> {
  await probe.invites({ sdp: probe.describes([OPUS_WITH_EVENTS]) });
  await probe.until('sound', () => probe.exchange.rtp(0).length > 3 || undefined);
  await probe.isPressedFor('5');
  await probe.until(
    'the end of a pressed key',
    () => endsOf(probe.exchange.rtp(0)).length >= LAST_PACKETS || undefined,
  );
}

interface EventPacket {
  readonly payloadType: number;
  readonly end: boolean;
  readonly durationTicks: number;
}

/** What looks like an event of RFC 4733, under whatever number it comes. Opus has no packets of four bytes here. */
export function eventsOf(packets: readonly SpokenRtp[]): EventPacket[] {
  return packets.flatMap(({ payload, payloadType }) => {
    const event = payload.length === 4 ? parseTelephoneEvent(payload) : undefined;
    return event?.ok ? [{ payloadType, end: event.value.end, durationTicks: event.value.durationTicks }] : [];
  });
}

function endsOf(packets: readonly SpokenRtp[]): EventPacket[] {
  return eventsOf(packets).filter(({ end }) => end);
}

/** @throws {NoEvidence} where no key was pressed */
export function someEvents(exchange: Exchange): EventPacket[] {
  const events = eventsOf(exchange.rtp(0));
  if (events.length === 0) throw new NoEvidence('no packets of a pressed key');
  return events;
}

/** What is wrong with the length of a press at that clock. */
export function durationFault(events: readonly EventPacket[], clockRateHz: number): string | undefined {
  const ticks = Math.max(...events.map(({ durationTicks }) => durationTicks));
  const wanted = (PRESS_MS * clockRateHz) / 1000;
  return Math.abs(ticks - wanted) <= wanted / 4
    ? undefined
    : `${PRESS_MS} ms at ${clockRateHz} Hz are said to be ${ticks} ticks`;
}
