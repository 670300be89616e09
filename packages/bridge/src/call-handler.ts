import type { Clock, Random } from '@plugfest/model';
import { bodyParts, header, parseNameAddr, type SipBody, type SipRequest } from '@plugfest/sip';
import type { IncomingSession, OfferOutcome } from '@plugfest/sip-node';
import type { Conference } from './conference/conference.ts';
import { Participant } from './conference/participant.ts';
import { CallMedia } from './leg/call-media.ts';

export interface CallContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly host: string;
  readonly emit: (type: string, data: Record<string, unknown>) => void;
}

const SDP = 'application/sdp';

/** Brings one call into a conference: offer and answer, early or late, and what happens in it until it ends. */
export async function handleCall(
  session: IncomingSession,
  conference: Conference,
  context: CallContext,
): Promise<void> {
  const id = context.random.token(12);
  let media: CallMedia;
  try {
    media = await CallMedia.open({ ...context, random: context.random.fork(id), cname: `${id}@plugfest.example` });
  } catch {
    session.reject(503, 'Service Unavailable');
    return;
  }
  const participant = participantOf(id, session, media, conference, context);
  const offer = offerIn(session.request);
  const agreed = offer === undefined ? await lateOffer(session, media) : await earlyOffer(session, media, offer);
  if (!agreed) {
    await participant.close();
    return;
  }
  participant.agree(agreed);
  serve(session, participant, conference, media, context);
  conference.add(participant);
  const { reason } = await session.terminated;
  await conference.remove(id, reason);
}

function participantOf(
  id: string,
  session: IncomingSession,
  media: CallMedia,
  conference: Conference,
  { clock, random, emit }: CallContext,
): Participant {
  return new Participant({
    id,
    uri: session.remoteUri,
    displayName: session.remoteDisplayName || userOf(session.request) || session.remoteUri,
    session,
    media,
    clock,
    random: random.fork(`${id} media`),
    onDigit: (digit) => emit('participant.digit', { conference: conference.id, participant: id, digit }),
    onKeyFrameRequest: () => conference.wantKeyFrame(id),
  });
}

async function earlyOffer(session: IncomingSession, media: CallMedia, offer: string) {
  const answered = await media.answer(offer);
  if (!answered.ok) {
    session.reject(answered.error.statusCode, 'Not Acceptable Here', [
      { name: 'Warning', value: answered.error.warning.replace(/^(\d+) /, '$1 plugfest ') },
    ]);
    return undefined;
  }
  session.accept({ body: Buffer.from(answered.value.sdp, 'latin1'), contentType: SDP });
  return answered.value.agreed;
}

/** The ACK brings the answer; without one the call is of no use (RFC 3261 §13.2.1). */
async function lateOffer(session: IncomingSession, media: CallMedia) {
  session.accept({ body: Buffer.from(media.offer(), 'latin1'), contentType: SDP });
  const ack = await Promise.race([session.acked, session.terminated.then(() => undefined)]);
  const answer = ack && offerIn(ack);
  const taken = answer === undefined ? undefined : media.take(answer);
  if (taken?.ok) return taken.value;
  await session.bye();
  return undefined;
}

function serve(
  session: IncomingSession,
  participant: Participant,
  conference: Conference,
  media: CallMedia,
  { emit }: CallContext,
): void {
  session.onReinvite = async (offer): Promise<OfferOutcome> => {
    if (!offer) return sdpBody(media.offer());
    const answered = await media.answer(textOf(offer));
    if (!answered.ok) return { statusCode: 488 };
    participant.agree(answered.value.agreed);
    return sdpBody(answered.value.sdp);
  };
  session.onAnswer = (answer) => {
    const taken = answer && media.take(textOf(answer));
    if (taken?.ok) participant.agree(taken.value);
  };
  session.onInfo = (request) => {
    const body = Buffer.from(request.body).toString('latin1');
    if (body.includes('picture_fast_update')) conference.wantKeyFrame(participant.id);
    const digit = /^\s*Signal\s*=\s*([0-9A-D*#])/im.exec(body)?.[1];
    if (digit) emit('participant.digit', { conference: conference.id, participant: participant.id, digit });
    return undefined;
  };
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

function sdpBody(sdp: string): SipBody {
  return { contentType: SDP, body: Buffer.from(sdp, 'latin1') };
}

function textOf({ body }: Pick<SipBody, 'body'>): string {
  return Buffer.from(body).toString('latin1');
}
