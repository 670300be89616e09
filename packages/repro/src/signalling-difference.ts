import { type RunEvent, type SipMessageEvent, sipMessageSchema } from '@plugfest/model';
import type { Difference } from './difference.ts';
import { steadyText } from './volatile-values.ts';

interface Message {
  readonly number: number;
  readonly from: string;
  readonly startLine: string;
  /** Of headers and of the body, without what differs from run to run. */
  readonly headers: readonly string[];
  readonly body: readonly string[];
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
  const [head = '', ...bodies] = steadyText(message).split('\r\n\r\n');
  const [startLine = '', ...headers] = head.split('\r\n');
  return { number, from, startLine, headers, body: bodies.join('\r\n\r\n').split('\r\n').filter(Boolean) };
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
    found.push(...lineDifferences('header', of, mine.headers, theirs.headers));
    found.push(...lineDifferences('description', of, mine.body, theirs.body));
  }
  return found;
}

function lineOf(message: Message | undefined): string | undefined {
  return message && `${message.from}: ${message.startLine}`;
}

/** Lines that one has and the other has not; those of one name stand side by side. */
function lineDifferences(
  kind: 'header' | 'description',
  where: string,
  a: readonly string[],
  b: readonly string[],
): Difference[] {
  const [onlyA, onlyB] = [without(a, b), without(b, a)];
  const found: Difference[] = [];
  for (const line of onlyA) {
    const partner = onlyB.findIndex((other) => nameOf(other) === nameOf(line));
    const [other] = partner < 0 ? [] : onlyB.splice(partner, 1);
    found.push({ kind, where, a: line, b: other, matters: true });
  }
  return [...found, ...onlyB.map((line): Difference => ({ kind, where, a: undefined, b: line, matters: true }))];
}

function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return lines.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** Header name, or type and attribute of a description's line with its payload type. */
function nameOf(line: string): string {
  return /^(a=[a-z-]+:?\d*|[a-z]=\w*|[^:\s]+)/i.exec(line)?.[1]?.toLowerCase() ?? line;
}
