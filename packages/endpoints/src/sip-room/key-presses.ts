import type { Clock } from '@plugfest/model';
import { type RtpPayload, telephoneEventPackets } from '@plugfest/rtp';

/** A person's finger: this long on a key, this long between two. */
const KEY_MS = 200;
const PAUSE_MS = 120;

export interface KeyPressOptions {
  readonly clock: Clock;
  readonly clockRateHz: number;
  /** All payloads of one key have one time: that at which it was pressed. */
  readonly send: (payload: RtpPayload, key: number) => void;
}

/** Presses keys one after the other; resolves when the last was let go. Characters that are no keys are passed over. @see RFC 4733 §2.5 */
export async function pressKeys(keys: string, { clock, clockRateHz, send }: KeyPressOptions): Promise<void> {
  const until = (us: number): Promise<void> =>
    new Promise((resolve) => clock.schedule(Math.max(0, (us - clock.nowUs()) / 1000), resolve));
  for (const [key, digit] of [...keys].entries()) {
    const startedUs = clock.nowUs();
    const packets = telephoneEventPackets(digit, { clockRateHz, durationMs: KEY_MS });
    for (const { afterMs, ...payload } of packets) {
      await until(startedUs + afterMs * 1000);
      send(payload, key);
    }
    if (packets.length > 0) await until(clock.nowUs() + PAUSE_MS * 1000);
  }
}
