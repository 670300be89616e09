import { type RunEvent, sipMessageSchema } from '@plugfest/model';
import { bodyParts, parseMessage } from '@plugfest/sip';
import type { Said, SaidParts } from './parts-of-messages.ts';

/** Without these there is no INVITE (RFC 3261 §8.1.1, §20), or the endpoint gives no way to leave them out. */
const NEEDED = new Set(
  [
    ...['via', 'from', 'to', 'call-id', 'cseq', 'max-forwards', 'contact', 'content-type', 'content-length'],
    ...['user-agent', 'route'],
  ].map((name) => name.toLowerCase()),
);
/** Types of lines that a description has to have (RFC 8866 §5), and those that say where media go. */
const NEEDED_LINES = /^[vosctm]=/;

/** What could be left out of the first INVITE of each of these participants. */
export function saidParts(events: readonly RunEvent[], participants: readonly string[]): Said {
  return Object.fromEntries(
    participants.flatMap((id) => {
      const parts = saidBy(events, id);
      return parts ? [[id, parts] as const] : [];
    }),
  );
}

function saidBy(events: readonly RunEvent[], participant: string): SaidParts | undefined {
  for (const { type, data } of events) {
    const event = type === 'sip.message' ? sipMessageSchema.safeParse(data) : undefined;
    if (!event?.success || event.data.from !== participant || !event.data.message.startsWith('INVITE ')) continue;
    const parsed = parseMessage(Buffer.from(event.data.message, 'latin1'));
    if (!parsed.ok) continue;
    const names = parsed.value.headers.map(({ name }) => name).filter((name) => !NEEDED.has(name.toLowerCase()));
    const sdp = bodyParts(parsed.value).find(({ contentType }) => /^application\/sdp/i.test(contentType));
    const lines = Buffer.from(sdp?.body ?? [])
      .toString('latin1')
      .split(/\r?\n/)
      .filter((line) => line !== '' && !NEEDED_LINES.test(line));
    return { headers: [...new Set(names)], sdpLines: [...new Set(lines)] };
  }
  return undefined;
}
