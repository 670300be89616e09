import { type RunEvent, type SipMessageEvent, sipMessageSchema } from '@plugfest/model';
import { lineDifferences, type MessageParts, partsOfMessage } from '@plugfest/scenario';
import type { Difference } from './difference.ts';

interface Message extends MessageParts {
  readonly number: number;
  readonly from: string;
}

/**
 * Message by message between each two who spoke: the first that only one run has, or that differs in its start line; before that, header by header and
 * line by line of descriptions, in the order of time.
 */
export function signallingDifferences(a: readonly RunEvent[], b: readonly RunEvent[]): Difference[] {
  const [ladders, others] = [laddersOf(a), laddersOf(b)];
  const hops = [...new Set([...ladders.keys(), ...others.keys()])].sort();
  return hops.flatMap((hop) => compareLadders(hop, ladders.get(hop) ?? [], others.get(hop) ?? []));
}

function laddersOf(events: readonly RunEvent[]): Map<string, Message[]> {
  const ladders = new Map<string, Message[]>();
  let last = '';
  for (const { type, data } of events) {
    const parsed = type === 'sip.message' ? sipMessageSchema.safeParse(data) : undefined;
    if (!parsed?.success) continue;
    // A retransmission says something of the machine's load, nothing of the peers.
    const key = `${parsed.data.source} ${parsed.data.message}`;
    if (key === last) continue;
    last = key;
    const hop = [parsed.data.from, parsed.data.to].sort().join(' – ');
    const ladder = ladders.get(hop) ?? [];
    ladders.set(hop, [...ladder, messageOf(parsed.data, ladder.length + 1)]);
  }
  return ladders;
}

function messageOf({ from, message }: SipMessageEvent, number: number): Message {
  return { number, from, ...partsOfMessage(message) };
}

function compareLadders(hop: string, a: readonly Message[], b: readonly Message[]): Difference[] {
  const found: Difference[] = [];
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const [mine, theirs] = [a[at], b[at]];
    const where = `message ${at + 1} of ${hop}`;
    if (!mine || !theirs || mine.startLine !== theirs.startLine || mine.from !== theirs.from) {
      found.push({ kind: 'message', where, a: lineOf(mine), b: lineOf(theirs), matters: true });
      return found;
    }
    const of = `${mine.startLine} (${where})`;
    found.push(...lineDifferences(mine, theirs).map((line): Difference => ({ ...line, where: of, matters: true })));
  }
  return found;
}

function lineOf(message: Message | undefined): string | undefined {
  return message && `${message.from}: ${message.startLine}`;
}
