import type { Clock, Random } from '@plugfest/model';
import { bodyParts, header, headerValues, parseNameAddr, type SipBody, type SipRequest } from '@plugfest/sip';
import type { IncomingSession, OfferOutcome, ResponseSpec } from '@plugfest/sip-node';
import type { Conference } from './conference/conference.ts';
import { Participant } from './conference/participant.ts';
import { type Agreed, CallMedia } from './leg/call-media.ts';
import type { Turns } from './turns.ts';

export interface CallContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly host: string;
  readonly emit: (type: string, data: Record<string, unknown>) => void;
  /** Sockets and codecs cost milliseconds: calls that come together open them in turns. */
  readonly turns: Turns;
}

const SDP = 'application/sdp';

/** Profile of our offer to who calls without one: as secure as its signalling. */
const LATE_OFFER_PROFILES = {
  udp: 'RTP/AVP',
  tcp: 'RTP/AVP',
  tls: 'RTP/SAVP',
  ws: 'UDP/TLS/RTP/SAVPF',
  wss: 'UDP/TLS/RTP/SAVPF',
} as const;

/** Brings one call into a conference: offer and answer, early or late, and what happens in it until it ends. */
export async function handleCall(
  session: IncomingSession,
  conference: Conference,
  context: CallContext,
): Promise<void> {
  await using resources = new AsyncDisposableStack();
  const id = context.random.token(12);
  await context.turns.next();
  const media = await openMedia(id, session, context);
  if (!media) return;
  resources.use(media);
  const participant = participantOf(id, session, media, conference, context);
  resources.defer(() => participant.close());
  resources.defer(() => leave(session));
  const offer = offerIn(session.request);
  const agreed = offer === undefined ? await lateOffer(session, media) : await earlyOffer(session, media, offer);
  if (!agreed) return;
  await context.turns.next();
  if (session.state === 'terminated') return;
  participant.agree(agreed);
  serve(session, participant, conference, media, context);
  if (!(await isAcknowledged(session)) || !conference.add(participant)) return;
  const { reason } = await session.terminated;
  await conference.remove(id, reason);
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
    return await CallMedia.open({
      ...context,
      random: context.random.fork(id),
      cname: `${id}@plugfest.example`,
      onFault: (message) => {
        context.emit('participant.fault', { participant: id, message });
        void session.bye([{ name: 'Reason', value: 'SIP;cause=488;text="No secure media"' }]);
      },
    });
  } catch (fault) {
    context.emit('bridge.fault', { callId: session.callId, message: String(fault) });
    session.reject(503, 'Service Unavailable', [{ name: 'Retry-After', value: '10' }]);
    return undefined;
  }
}

function participantOf(
  id: string,
  session: IncomingSession,
  media: CallMedia,
  conference: Conference,
  { clock, random, emit }: CallContext,
): Participant {
  const allowed = headerValues(session.request, 'Allow').map((method) => method.toUpperCase());
  return new Participant({
    id,
    uri: session.remoteUri,
    displayName: session.remoteDisplayName || userOf(session.request) || session.remoteUri,
    session,
    media,
    clock,
    random: random.fork(`${id} media`),
    stages: conference.stages,
    takesInfo: allowed.length === 0 || allowed.includes('INFO'),
    onDigit: (digit) => emit('participant.digit', { conference: conference.id, participant: id, digit }),
    onKeyFrameRequest: () => conference.wantKeyFrame(id),
  });
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

function serve(
  session: IncomingSession,
  participant: Participant,
  conference: Conference,
  media: CallMedia,
  { emit }: CallContext,
): void {
  session.onReinvite = async (offer): Promise<OfferOutcome> => {
    if (!offer) return sdpBody(await media.offer());
    const answered = await media.answer(textOf(offer));
    if (!answered.ok) return { statusCode: 488, headers: [warning(answered.error.warning)] };
    participant.agree(answered.value.agreed);
    return sdpBody(answered.value.sdp);
  };
  session.onAnswer = (answer) => {
    const taken = answer && media.take(textOf(answer));
    if (taken?.ok) participant.agree(taken.value);
  };
  session.onInfo = (request) => takeInfo(request, participant, conference, emit);
}

/** A picture's refresh (RFC 5168), or a digit as many phones send it. Other bodies are not for us (RFC 6086 §4.2.2). */
function takeInfo(
  request: SipRequest,
  { id }: Participant,
  conference: Conference,
  emit: CallContext['emit'],
): ResponseSpec | undefined {
  const contentType = (header(request, 'Content-Type') ?? '').split(';')[0]?.trim().toLowerCase();
  const body = textOf(request);
  if (contentType === 'application/media_control+xml') {
    if (body.includes('picture_fast_update')) conference.wantKeyFrame(id);
    return undefined;
  }
  const digit =
    contentType === 'application/dtmf-relay'
      ? /^[ \t]*Signal[ \t]*=[ \t]*([0-9A-D*#])/im.exec(body)?.[1]
      : contentType === 'application/dtmf'
        ? /^\s*([0-9A-D*#])/i.exec(body)?.[1]
        : undefined;
  if (digit) emit('participant.digit', { conference: conference.id, participant: id, digit: digit.toUpperCase() });
  return digit || request.body.length === 0 ? undefined : { statusCode: 415 };
}

/** The description in a message: of several alternatives the last that is no fallback for older clients. */
export function offerIn(message: SipRequest): string | undefined {
  const parts = bodyParts(message).filter(({ contentType }) => contentType.toLowerCase().startsWith(SDP));
  const isFallback = (part: (typeof parts)[number]): boolean =>
    part.headers.some(({ value }) => value.includes('ms-proxy-2007fallback'));
  const chosen = parts.findLast((part) => !isFallback(part)) ?? parts.at(-1);
  return chosen && textOf(chosen);
}

function userOf(request: SipRequest): string | undefined {
  const from = parseNameAddr(header(request, 'From') ?? '');
  return from.ok ? /^sips?:([^@;]+)@/i.exec(from.value.uri)?.[1] : undefined;
}

function warning(value: string): { name: string; value: string } {
  return { name: 'Warning', value: value.replace(/^(\d+) /, '$1 plugfest ') };
}

function sdpBody(sdp: string): SipBody {
  return { contentType: SDP, body: Buffer.from(sdp, 'latin1') };
}

function textOf({ body }: Pick<SipBody, 'body'>): string {
  return Buffer.from(body).toString('latin1');
}
