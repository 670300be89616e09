import { err, ok, type ParseFault, type Result } from '@plugfest/model';
import type { RtpPacket, RtpPayload } from './rtp-packet.ts';
import { timestampDistance } from './sequence-number.ts';

/**
 *     |  event (8)  |E|R| volume (6) |  duration (16)  |
 *
 * @see RFC 4733 §2.3
 */
export interface TelephoneEvent {
  /** 0..15 are the keys `0123456789*#ABCD`. */
  readonly event: number;
  readonly end: boolean;
  /** Minus dBm0, 0..63. */
  readonly volume: number;
  /** Since the event's timestamp. */
  readonly durationTicks: number;
}

const DIGITS = '0123456789*#ABCD';
const MAX_DURATION_TICKS = 0xffff;
const END_REPEATS = 3;
/** Ten seconds at 48 kHz: a timestamp that far back is no late packet but a sender that began anew. */
const RESTART_TICKS = 480_000;

export function parseTelephoneEvent(payload: Uint8Array): Result<TelephoneEvent, ParseFault> {
  const [event, flags, high, low] = payload;
  if (event === undefined || flags === undefined || high === undefined || low === undefined) {
    return err({ code: 'too-short', offset: payload.length, section: 'RFC 4733 §2.3', text: 'shorter than 4 bytes' });
  }
  return ok({ event, end: (flags & 0x80) !== 0, volume: flags & 0x3f, durationTicks: (high << 8) | low });
}

export function formatTelephoneEvent({ event, end, volume, durationTicks }: TelephoneEvent): Uint8Array {
  const duration = Math.min(durationTicks, MAX_DURATION_TICKS);
  return Uint8Array.of(event, (end ? 0x80 : 0) | (volume & 0x3f), duration >> 8, duration);
}

/** A payload of a digit, and when to send it after the first. All of a digit have one timestamp. */
export interface TimedEventPayload extends RtpPayload {
  readonly afterMs: number;
}

export interface DigitOptions {
  readonly clockRateHz: number;
  /** Default 100. */
  readonly durationMs?: number;
  /** Default 20. */
  readonly packetMs?: number;
}

/** All payloads of one digit: the duration grows, the end is said three times. Nothing for a character that is no key. @see RFC 4733 §2.5.1 */
export function telephoneEventPackets(digit: string, options: DigitOptions): TimedEventPayload[] {
  const event = digit.length === 1 ? DIGITS.indexOf(digit.toUpperCase()) : -1;
  if (event === -1) return [];
  const { clockRateHz, durationMs = 100, packetMs = 20 } = options;
  const steps = Math.max(1, Math.ceil(durationMs / packetMs));
  return Array.from({ length: steps + END_REPEATS }, (_, index) => {
    const end = index >= steps;
    const elapsedMs = Math.min(durationMs, (index + 1) * packetMs);
    const durationTicks = Math.round(((end ? durationMs : elapsedMs) * clockRateHz) / 1000);
    const payload = formatTelephoneEvent({ event, end, volume: 10, durationTicks });
    return { payload, marker: index === 0, afterMs: index * packetMs };
  });
}

/** One report a key that was pressed, at the first packet of it that arrives, however many say it again. */
export class TelephoneEventReceiver {
  #last: { readonly ssrc: number; timestamp: number; readonly event: number; ended: boolean } | undefined;

  /** The packet must be of the telephone-event payload type. */
  push(packet: Pick<RtpPacket, 'ssrc' | 'timestamp' | 'payload'>): { readonly digit: string } | undefined {
    const parsed = parseTelephoneEvent(packet.payload);
    if (!parsed.ok) return undefined;
    const { event, end } = parsed.value;
    const last = this.#last;
    if (last !== undefined && last.ssrc === packet.ssrc) {
      const distance = timestampDistance(last.timestamp, packet.timestamp);
      // A key held for longer than the field counts goes on as a new segment of the same event. @see RFC 4733 §2.5.1.3
      const isSegment = distance === MAX_DURATION_TICKS && event === last.event && !last.ended;
      const isRestart = distance < -RESTART_TICKS;
      if ((distance <= 0 && !isRestart) || isSegment) {
        if (isSegment) last.timestamp = packet.timestamp;
        if (distance >= 0) last.ended ||= end;
        return undefined;
      }
    }
    this.#last = { ssrc: packet.ssrc, timestamp: packet.timestamp, event, ended: end };
    const digit = DIGITS[event];
    return digit === undefined ? undefined : { digit };
  }
}
