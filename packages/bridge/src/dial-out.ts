import { headerValues, parseSipUri, type SipHeader } from '@plugfest/sip';
import type { OutgoingSession, ReferralReport, UserAgent } from '@plugfest/sip-node';
import { type LegClass, legClassOf } from './admission/leg-class.ts';
import { type CallContext, openCallMedia, type Place, participantOf, sdpBody, serve, textOf } from './call-in-room.ts';
import type { CallMedia } from './leg/call-media.ts';

/** How long somebody may let it ring. */
const RING_MS = 60_000;

export interface Callee {
  readonly id: string;
  readonly uri: string;
  readonly displayName?: string | undefined;
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
  session = agent.invite(uri, { body: sdpBody(await media.offer(profile)).body, headers: callee.headers ?? [] });
  const calling = session;
  place.session = calling;
  resources.defer(() => calling.bye());
  calling.onProgress = ({ statusCode }) => told('progress', { statusCode });
  const ringing = context.clock.schedule(RING_MS, () => calling.cancel());
  const { ok, response } = await calling.answered;
  ringing.cancel();
  if (!ok) return told('failed', { statusCode: response.statusCode });
  const allowed = headerValues(response, 'Allow').map((method) => method.toUpperCase());
  await stay(
    calling,
    media,
    callee,
    place,
    { allowed, answer: textOf(response), legClass: legClassOf(response) },
    context,
    told,
  );
}

async function stay(
  session: OutgoingSession,
  media: CallMedia,
  { id, uri, displayName }: Callee,
  place: Place,
  {
    allowed,
    answer,
    legClass,
  }: { readonly allowed: readonly string[]; readonly answer: string; readonly legClass: LegClass },
  context: CallContext,
  told: (type: string, data?: Record<string, unknown>) => void,
): Promise<void> {
  const taken = media.take(answer);
  if (!taken.ok) {
    told('failed', { statusCode: 488 });
    return session.bye([{ name: 'Reason', value: 'SIP;cause=488;text="Not Acceptable Here"' }]);
  }
  const name = displayName || /^sips?:([^@;]+)@/i.exec(uri)?.[1] || uri;
  const participant = participantOf(id, session, media, place, { displayName: name, allowed, legClass }, context);
  participant.agree(taken.value);
  serve(session, participant, place, media);
  told('answered');
  if (!place.conference.enter(participant, 'guest')) return;
  const { reason } = await session.terminated;
  await place.conference.remove(id, reason);
}
