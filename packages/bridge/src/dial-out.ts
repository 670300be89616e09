import { ok, type Result } from '@plugfest/model';
import type { NegotiationFault } from '@plugfest/sdp';
import { headerValues, parseSipUri, type SipHeader, type SipResponse } from '@plugfest/sip';
import type { OutgoingSession, ReferralReport, UserAgent } from '@plugfest/sip-node';
import { legClassOf } from './admission/leg-class.ts';
import {
  type CallContext,
  type CallerFacts,
  openCallMedia,
  type Place,
  participantOf,
  sdpBody,
  serve,
  textOf,
} from './call-in-room.ts';
import type { Agreed, CallMedia } from './leg/call-media.ts';

/** How long somebody may let it ring. */
const RING_MS = 60_000;

export interface Callee {
  readonly id: string;
  readonly uri: string;
  readonly displayName?: string | undefined;
  /** The INVITE goes without a description: the callee offers, and the ACK answers. @see RFC 3261 §13.2.1 */
  readonly lateOffer?: boolean | undefined;
  /** For the INVITE: on whose behalf it comes, and what it replaces. */
  readonly headers?: readonly SipHeader[];
  /** Told of each provisional response and of how it ended. */
  readonly report?: ReferralReport;
}

/**
 * Whether the bridge may call that URI: its host is on the list, and nothing in it leads the request elsewhere (`maddr`) or adds header fields to it
 * (RFC 3261 §19.1.5: a URI of a stranger is not to be trusted with those).
 */
export function mayBeCalled(uri: string, hosts: readonly string[]): boolean {
  const parsed = parseSipUri(uri);
  if (!parsed.ok || /[?\s<>]/.test(uri) || /;\s*maddr\b/i.test(uri)) return false;
  const host = parsed.value.host.replace(/^\[|\]$/g, '').toLowerCase();
  return hosts.some((allowed) => {
    const name = allowed.toLowerCase();
    return name.startsWith('*.') ? host.endsWith(name.slice(1)) : host === name;
  });
}

/** Calls somebody into a conference, and keeps it there until the call ends. */
export async function dialOut(agent: UserAgent, callee: Callee, place: Place, context: CallContext): Promise<void> {
  await using resources = new AsyncDisposableStack();
  const { id, uri } = callee;
  const told = (type: string, data: Record<string, unknown> = {}): void => {
    context.emit(`dial-out.${type}`, { conference: place.conference.id, participant: id, uri, ...data });
    callee.report?.(typeof data.statusCode === 'number' ? data.statusCode : 200);
  };
  await context.turns.next();
  let session: OutgoingSession | undefined;
  const media = resources.use(
    await openCallMedia(id, context, (value) => void session?.bye([{ name: 'Reason', value }])),
  );
  const profile = /;\s*transport=tls\b/i.test(uri) ? 'RTP/SAVP' : 'RTP/AVP';
  const early = callee.lateOffer ? {} : { body: sdpBody(await media.offer(profile)).body };
  session = agent.invite(uri, { ...early, headers: callee.headers ?? [] });
  const calling = session;
  place.session = calling;
  resources.defer(() => calling.bye());
  calling.onProgress = ({ statusCode }) => told('progress', { statusCode });
  const ringing = context.clock.schedule(RING_MS, () => calling.cancel());
  const { ok: isAnswered, response } = await calling.answered;
  ringing.cancel();
  if (!isAnswered) return told('failed', { statusCode: response.statusCode });
  const taken = callee.lateOffer ? await answerLate(calling, media, response) : media.take(textOf(response));
  if (!taken.ok) {
    told('failed', { statusCode: 488 });
    return calling.bye([{ name: 'Reason', value: 'SIP;cause=488;text="Not Acceptable Here"' }]);
  }
  const allowed = headerValues(response, 'Allow').map((method) => method.toUpperCase());
  const answered = { allowed, agreed: taken.value, legClass: legClassOf(response) };
  await stay(calling, media, callee, place, answered, context, told);
}

/** What comes without an offer, or with one that we cannot answer, is acknowledged all the same: then it is hung up. */
async function answerLate(
  session: OutgoingSession,
  media: CallMedia,
  response: SipResponse,
): Promise<Result<Agreed, NegotiationFault>> {
  const answered = await media.answer(textOf(response));
  session.ack(answered.ok ? sdpBody(answered.value.sdp) : undefined);
  return answered.ok ? ok(answered.value.agreed) : answered;
}

async function stay(
  session: OutgoingSession,
  media: CallMedia,
  { id, uri, displayName }: Callee,
  place: Place,
  { allowed, agreed, legClass }: Pick<CallerFacts, 'allowed' | 'legClass'> & { readonly agreed: Agreed },
  context: CallContext,
  told: (type: string, data?: Record<string, unknown>) => void,
): Promise<void> {
  const name = displayName || /^sips?:([^@;]+)@/i.exec(uri)?.[1] || uri;
  const participant = participantOf(id, session, media, place, { displayName: name, allowed, legClass }, context);
  participant.agree(agreed);
  serve(session, participant, place, media);
  told('answered');
  if (!place.conference.enter(participant, 'guest')) return;
  const { reason } = await session.terminated;
  await place.conference.remove(id, reason);
}
