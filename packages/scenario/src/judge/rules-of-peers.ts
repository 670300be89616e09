import type { PeerExchange, PeerPlan } from '@plugfest/model';
import { sipMessageSchema } from '@plugfest/model';
import { header, parseMessage, type SipMessage } from '@plugfest/sip';
import type { Finding, Rule, Trace } from './rule.ts';

interface ExitData {
  readonly peer: string;
  readonly exits: readonly { readonly code: number | null; readonly signal: string | null; readonly said: string }[];
}

/** Every process of the peer found what it expected, by its own exit code. */
export const peerEndsWell: Rule = {
  cites: 'The peer’s own verdict: its exit code',
  judge: (trace, { participants }) => peersOf(trace, participants).map((peer) => endOf(trace, peer)),
};

/** What the peer must find was found on the wire: each request of that method has the final response. */
export const peerIsAnswered: Rule = {
  cites: 'RFC 3261 §8.2.6, §13.3.1, §15.1.2',
  judge: (trace, { participants }) =>
    peersOf(trace, participants).flatMap((peer) => {
      const messages = messagesOf(trace, peer);
      return peer.exchanges.map((exchange) => exchangeOf(messages, peer, exchange));
    }),
};

function peersOf({ plan }: Trace, only: readonly string[] | undefined): readonly PeerPlan[] {
  return only ? plan.peers.filter(({ id }) => only.includes(id)) : plan.peers;
}

function endOf({ events }: Trace, { id, name }: PeerPlan): Finding {
  const event = events.find(({ type, data }) => type === 'peer.ended' && data.peer === id);
  const exits = (event?.data as ExitData | undefined)?.exits ?? [];
  const bad = exits.filter(({ code }) => code !== 0);
  const measured = bad.map(({ code, signal, said }) => `${signal ?? `exit code ${code}`}: ${said.slice(-300)}`);
  return {
    about: id,
    title: `${name}: it is content`,
    verdict: exits.length > 0 && bad.length === 0 ? 'pass' : 'fail',
    measured: event ? measured.join('; ') || `exit code 0 of ${exits.length} process(es)` : 'it never ended',
    limit: 'exit code 0',
    participants: [],
    evidence: [{ file: 'events.jsonl', ...(event ? { atUs: event.atUs } : {}), note: event?.type ?? 'no such event' }],
  };
}

interface Seen {
  readonly message: SipMessage;
  readonly fromBridge: boolean;
  readonly atUs: number;
  /** Of the transaction: Call-ID, CSeq and who asked, for a controller of two calls may name both alike. */
  readonly key: string;
}

/** All messages of the calls in which the peer's address occurs: connections come from other ports than those that a peer names. */
function messagesOf({ events }: Trace, { id }: PeerPlan): Seen[] {
  const opened = events.find(({ type, data }) => type === 'peer.opened' && data.peer === id);
  const addresses = (opened?.data.addresses ?? []) as readonly string[];
  const all = events.flatMap(({ type, data, atUs }) => {
    const event = type === 'sip.message' ? sipMessageSchema.safeParse(data) : undefined;
    if (!event?.success) return [];
    const { message: text, from } = event.data;
    const parsed = parseMessage(Buffer.from(text, 'latin1'));
    if (!parsed.ok) return [];
    const callId = header(parsed.value, 'Call-ID') ?? '';
    const key = [callId, header(parsed.value, 'From'), header(parsed.value, 'CSeq')].join(' ');
    return [{ text, callId, seen: { message: parsed.value, fromBridge: from === 'bridge', atUs, key } }];
  });
  const calls = new Set(
    all.filter(({ text }) => addresses.some((it) => text.includes(it))).map(({ callId }) => callId),
  );
  return all.filter(({ callId }) => calls.has(callId)).map(({ seen }) => seen);
}

function exchangeOf(messages: readonly Seen[], { id, name }: PeerPlan, exchange: PeerExchange): Finding {
  const { method, by, statusCode, count } = exchange;
  const asked = messages.filter(
    ({ message, fromBridge }) =>
      message.kind === 'request' && message.method === method && fromBridge === (by === 'peer'),
  );
  const finals = new Map(
    messages.flatMap(({ message, fromBridge, key }) =>
      message.kind === 'response' && message.statusCode >= 200 && fromBridge === (by === 'bridge')
        ? [[key, message.statusCode] as const]
        : [],
    ),
  );
  const keys = [...new Set(asked.map(({ key }) => key))];
  const right = keys.filter((key) => finals.get(key) === statusCode).length;
  const others = keys.flatMap((key) => (finals.get(key) === statusCode ? [] : (finals.get(key) ?? 'nothing')));
  const at = asked.at(-1)?.atUs;
  return {
    about: `${id}:${method.toLowerCase()}`,
    title: `${name}: its ${by === 'peer' ? 'answers to' : 'requests by'} ${method}`,
    verdict: right === keys.length && right >= count ? 'pass' : 'fail',
    measured: `${right} of ${keys.length} answered ${statusCode}${others.length > 0 ? `, others: ${others.join(', ')}` : ''}`,
    limit: `at least ${count}, all of them answered ${statusCode}`,
    participants: [],
    evidence: [{ file: 'events.jsonl', ...(at === undefined ? {} : { atUs: at }), note: `sip.message, ${method}` }],
  };
}
