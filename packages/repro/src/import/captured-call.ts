import { cseqOf, header, parseMessage, type SipMessage } from '@plugfest/sip';
import type { CapturedSip } from '@plugfest/wire';

/** A message that can be read, of a capture. */
export interface CapturedMessage extends CapturedSip {
  readonly message: SipMessage;
  readonly callId: string;
}

/** All that was said under one Call-ID, between the two who said it first. */
export interface CapturedCall {
  readonly callId: string;
  /** Address of who called, without its port: answers may come from another. */
  readonly caller: string;
  readonly callee: string;
  readonly transport: CapturedSip['transport'];
  readonly messages: readonly CapturedMessage[];
  /** Messages of the same call between others: the capture saw it pass more than once. */
  readonly otherHops: number;
  readonly isAnswered: boolean;
  readonly isFinal: boolean;
  readonly isEnded: boolean;
}

/** Reads what can be read; the rest is counted. */
export function readMessages(captured: readonly CapturedSip[]): {
  messages: CapturedMessage[];
  unreadable: CapturedSip[];
} {
  const messages: CapturedMessage[] = [];
  const unreadable: CapturedSip[] = [];
  for (const one of captured) {
    const parsed = parseMessage(one.bytes);
    const callId = parsed.ok ? header(parsed.value, 'Call-ID') : undefined;
    if (parsed.ok && callId !== undefined) messages.push({ ...one, message: parsed.value, callId });
    else unreadable.push(one);
  }
  return { messages, unreadable };
}

/** The calls of a capture in the order of their first INVITE. A request that came twice is said once. */
export function callsIn(messages: readonly CapturedMessage[]): CapturedCall[] {
  return [...Map.groupBy(messages, ({ callId }) => callId)].flatMap(([callId, all]) => callOf(callId, all) ?? []);
}

function callOf(callId: string, all: readonly CapturedMessage[]): CapturedCall | undefined {
  const first = all.find(({ message }) => message.kind === 'request' && message.method === 'INVITE');
  if (!first) return undefined;
  const [caller, callee] = [hostOf(first.source), hostOf(first.destination)];
  const isOurHop = ({ source, destination }: CapturedMessage): boolean => {
    const ends = [hostOf(source), hostOf(destination)];
    return caller === callee ? isSamePair(first, source, destination) : ends.includes(caller) && ends.includes(callee);
  };
  // An exported message may have no ends: then there is one hop.
  const hop = first.source === '' ? all : all.filter(isOurHop);
  const messages = withoutRepeats(hop.slice(hop.indexOf(first)));
  const finals = messages.flatMap(({ message }) =>
    message.kind === 'response' && message.statusCode >= 200 && cseqOf(message)?.method === 'INVITE'
      ? [message.statusCode]
      : [],
  );
  return {
    ...{ callId, caller, callee, messages },
    transport: first.transport,
    otherHops: all.length - hop.length,
    isAnswered: finals.some((status) => status < 300),
    isFinal: finals.some((status) => status !== 401 && status !== 407),
    isEnded: messages.some(({ message }) => message.kind === 'response' && cseqOf(message)?.method === 'BYE'),
  };
}

/** Both on one host, as on a loopback: then the ports tell them apart. */
function isSamePair(first: CapturedMessage, source: string, destination: string): boolean {
  return [first.source, first.destination].sort().join() === [source, destination].sort().join();
}

/** The most telling call: answered and ended, else answered, else refused; of those that are alike the one with most messages. */
export function mostTelling(calls: readonly CapturedCall[]): CapturedCall | undefined {
  const rank = ({ isAnswered, isEnded, isFinal }: CapturedCall): number =>
    (isAnswered ? 4 : 0) + (isEnded ? 2 : 0) + (isFinal ? 1 : 0);
  return calls.toSorted((a, b) => rank(b) - rank(a) || b.messages.length - a.messages.length)[0];
}

/** Over UDP the same message may come again (RFC 3261 §17): word for word, from the same to the same. */
function withoutRepeats(messages: readonly CapturedMessage[]): CapturedMessage[] {
  const seen = new Set<string>();
  return messages.filter(({ bytes, source, destination }) => {
    const key = `${source} ${destination} ${bytes.toString('latin1')}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** `address` of `address:port`. */
export function hostOf(end: string): string {
  return end.slice(0, end.lastIndexOf(':'));
}
