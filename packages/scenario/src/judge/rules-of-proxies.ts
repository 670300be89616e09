import { sipMessageSchema } from '@plugfest/model';
import { header, headers, parseMessage, parseNameAddr, type SipRequest } from '@plugfest/sip';
import type { Finding, Rule, Trace } from './rule.ts';
import { nameOf } from './rule.ts';

interface Passed {
  readonly request: SipRequest;
  readonly transport: string;
  readonly source: string;
  readonly from: string;
  readonly atUs: number;
}

/** Every request of a participant's call came to the bridge through the proxy, and the proxy recorded its route in the first. */
export const comesThroughProxy: Rule = {
  cites: 'RFC 3261 §16.6 (4), §12.2.1.1',
  judge(trace, { participants }) {
    const expected = participants ?? trace.measurements.joined;
    const requests = requestsOf(trace);
    return expected.map((id) => callOf(trace, requests, id));
  },
};

/** What the bridge received. */
function requestsOf({ events }: Trace): Passed[] {
  return events.flatMap(({ type, data, atUs }) => {
    const event = type === 'sip.message' ? sipMessageSchema.safeParse(data) : undefined;
    if (!event?.success || event.data.to !== 'bridge') return [];
    const { message, transport, source, from } = event.data;
    const parsed = parseMessage(Buffer.from(message, 'latin1'));
    return parsed.ok && parsed.value.kind === 'request'
      ? [{ request: parsed.value, transport, source, from, atUs }]
      : [];
  });
}

function callOf({ plan, events }: Trace, requests: readonly Passed[], id: string): Finding {
  const uri = plan.participants.find((participant) => participant.id === id)?.uri;
  const own = requests.filter(({ request }) => addressOf(header(request, 'From')) === uri);
  const invite = own.find(({ request }) => request.method === 'INVITE');
  const proxy = plan.conference.proxy ?? 'no proxy';
  const routes = invite ? headers(invite.request, 'Record-Route') : [];
  const listening = events.find(({ type }) => type === 'proxy.started')?.data.addresses ?? {};
  const addresses = Object.values(listening as Record<string, string>).map((it) => it.replace(/^ws:\/\//, ''));
  const recorded = routes.filter((route) => addresses.some((address) => route.includes(address)));
  const past = own.filter(({ request, from }) => from !== proxy || headers(request, 'Via').length < 2);
  const methods = [...new Set(own.map(({ request }) => request.method))];
  return {
    about: id,
    title: `${nameOf(plan, id)} calls through ${proxy}`,
    verdict: invite && recorded.length > 0 && recorded.length === routes.length && past.length === 0 ? 'pass' : 'fail',
    measured: invite
      ? `${methods.join(', ')} over ${invite.transport}, ${past.length} past the proxy; Record-Route: ${routes.join(', ') || 'none'}`
      : 'no INVITE of it came',
    limit: 'every request by the proxy, its own Record-Route in the INVITE',
    participants: [id],
    evidence: [{ file: 'events.jsonl', ...(invite ? { atUs: invite.atUs } : {}), note: 'sip.message, INVITE' }],
  };
}

function addressOf(from: string | undefined): string | undefined {
  const parsed = parseNameAddr(from ?? '');
  return parsed.ok ? parsed.value.uri : undefined;
}
