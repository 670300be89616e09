import { bodyParts, header, headerValues, parseNameAddr, type SipRequest } from '@plugfest/sip';
import type { IncomingSession } from '@plugfest/sip-node';
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
  warning,
} from './call-in-room.ts';
import type { Participant } from './conference/participant.ts';
import type { Agreed, CallMedia } from './leg/call-media.ts';

/** Profile of our offer to who calls without one: as secure as its signalling. */
const LATE_OFFER_PROFILES = {
  udp: 'RTP/AVP',
  tcp: 'RTP/AVP',
  tls: 'RTP/SAVP',
  ws: 'UDP/TLS/RTP/SAVPF',
  wss: 'UDP/TLS/RTP/SAVPF',
} as const;

/** Brings one call to a conference's door: offer and answer, early or late, and what happens in it until it ends. */
export async function handleCall(session: IncomingSession, place: Place, context: CallContext): Promise<void> {
  place.session = session;
  await using resources = new AsyncDisposableStack();
  const id = context.random.token(12);
  await context.turns.next();
  const media = await openMedia(id, session, context);
  if (!media) return;
  resources.use(media);
  const participant = participantOf(id, session, media, place, factsOf(session), context);
  resources.defer(() => participant.close());
  resources.defer(() => leave(session));
  const ready = Promise.withResolvers<void>();
  serve(session, participant, place, media, ready.promise);
  const offer = offerIn(session.request);
  const agreed = offer === undefined ? await lateOffer(session, media) : await earlyOffer(session, media, offer);
  if (!agreed) return;
  await context.turns.next();
  if (session.state === 'terminated') return;
  participant.agree(agreed);
  ready.resolve();
  if (!(await isAcknowledged(session)) || !admit(place, participant)) return;
  const { reason } = await session.terminated;
  await place.conference.remove(id, reason);
}

/** To the door, or to the place of the call that this one replaces. */
function admit({ conference, role }: Place, participant: Participant): boolean {
  return role === undefined ? conference.arrive(participant) : conference.enter(participant, role);
}

/** Until then nobody is sent media: whom a forged INVITE names has not asked for it, and what is not sent costs nothing. */
function isAcknowledged({ acked, terminated }: IncomingSession): Promise<boolean> {
  return Promise.race([acked.then(() => true), terminated.then(() => false)]);
}

/** Whatever state the call is in, it ends: unanswered it was a fault of ours that brought us here. */
async function leave(session: IncomingSession): Promise<void> {
  // A peer whose connection is gone never answers; when the agent closes, the session ends all the same.
  if (session.state === 'established') await Promise.race([session.bye(), session.terminated]);
  else session.reject(500, 'Server Internal Error');
}

/** @returns undefined where the machine has no ports left: then the call is refused */
async function openMedia(id: string, session: IncomingSession, context: CallContext): Promise<CallMedia | undefined> {
  try {
    return await openCallMedia(id, context, (value) => void session.bye([{ name: 'Reason', value }]));
  } catch (fault) {
    context.emit('bridge.fault', { callId: session.callId, message: String(fault) });
    session.reject(503, 'Service Unavailable', [{ name: 'Retry-After', value: '10' }]);
    return undefined;
  }
}

function factsOf(session: IncomingSession): CallerFacts {
  const { request, remoteUri, remoteDisplayName } = session;
  return {
    displayName: remoteDisplayName || userOf(request) || remoteUri,
    allowed: headerValues(request, 'Allow').map((method) => method.toUpperCase()),
    legClass: legClassOf(request),
  };
}

async function earlyOffer(session: IncomingSession, media: CallMedia, offer: string): Promise<Agreed | undefined> {
  const answered = await media.answer(offer);
  if (!answered.ok) {
    session.reject(answered.error.statusCode, 'Not Acceptable Here', [warning(answered.error.warning)]);
    return undefined;
  }
  // Cancelled meanwhile.
  if (session.state === 'terminated') return undefined;
  session.accept(sdpBody(answered.value.sdp));
  return answered.value.agreed;
}

/** The ACK brings the answer; without one the call is of no use (RFC 3261 §13.2.1). */
async function lateOffer(session: IncomingSession, media: CallMedia): Promise<Agreed | undefined> {
  const offer = await media.offer(LATE_OFFER_PROFILES[session.flow?.transport ?? 'udp']);
  if (session.state === 'terminated') return undefined;
  session.accept(sdpBody(offer));
  const ack = await Promise.race([session.acked, session.terminated.then(() => undefined)]);
  const answer = ack && offerIn(ack);
  const taken = answer === undefined ? undefined : media.take(answer);
  return taken?.ok ? taken.value : undefined;
}

/** The description in a message: of several alternatives the last that is no fallback for older clients. */
export function offerIn(message: SipRequest): string | undefined {
  const parts = bodyParts(message).filter(({ contentType }) => contentType.toLowerCase().startsWith('application/sdp'));
  const isFallback = (part: (typeof parts)[number]): boolean =>
    part.headers.some(({ value }) => value.includes('ms-proxy-2007fallback'));
  const chosen = parts.findLast((part) => !isFallback(part)) ?? parts.at(-1);
  return chosen && textOf(chosen);
}

function userOf(request: SipRequest): string | undefined {
  const from = parseNameAddr(header(request, 'From') ?? '');
  return from.ok ? /^sips?:([^@;]+)@/i.exec(from.value.uri)?.[1] : undefined;
}
