import type { RunEvent } from '@plugfest/model';
import { BarrierTimeout, type EventLog } from '../event-log.ts';

/** How long what is waited for may take, e.g. the bridge to show everybody to everybody. */
const BARRIER_TIMEOUT_MS = 10_000;

/** Waits for what the bridge shows or was sent; where it does not come, that is written down. */
export async function reached(
  log: EventLog,
  what: string,
  state: (events: readonly RunEvent[]) => boolean,
  signal: AbortSignal,
): Promise<void> {
  try {
    await log.until(what, state, BARRIER_TIMEOUT_MS, signal);
  } catch (error) {
    if (!(error instanceof BarrierTimeout)) throw error;
    log.emit('barrier.timeout', undefined, { waitedFor: what });
  }
}

/** Whether the participant has answered the BYE that it was sent. */
export function byeIsAnswered(participant: string): (events: readonly RunEvent[]) => boolean {
  return (events) =>
    events.some(({ type, data }) => {
      const message = String(data.message);
      return (
        type === 'sip.message' && data.from === participant && /^SIP\/2\.0 .*^CSeq[ \t]*:[ \t]*\d+ BYE/ims.test(message)
      );
    });
}
