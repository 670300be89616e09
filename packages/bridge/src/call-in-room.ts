import type { Clock, Random } from '@plugfest/model';
import { elementsNamed, header, readXml, type SipBody, type SipRequest } from '@plugfest/sip';
import type { OfferOutcome, ResponseSpec, Session } from '@plugfest/sip-node';
import type { LegClass } from './admission/leg-class.ts';
import type { Conference } from './conference/conference.ts';
import type { Role } from './conference/door.ts';
import { Participant } from './conference/participant.ts';
import { slidesKey } from './conference/view-planner.ts';
import { CallMedia, type CallMediaOptions } from './leg/call-media.ts';
import type { Turns } from './turns.ts';

export interface CallContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly host: string;
  readonly transportCc: CallMediaOptions['transportCc'];
  readonly emit: (type: string, data: Record<string, unknown>) => void;
  /** Sockets and codecs cost milliseconds: calls that come together open them in turns. */
  readonly turns: Turns;
  /** Names the call to the floor control server, unlike all others of the bridge. */
  readonly floorUserId: number;
}

/** Where a call is at the moment: it may be moved to another conference. */
export interface Place {
  conference: Conference;
  participant?: Participant;
  session?: Session;
  /** Past the door in this role: the call takes the place of one that was in there. */
  role?: Role;
  /** What a REFER within the call is answered with; the bridge's policy. */
  readonly onRefer: NonNullable<Session['onRefer']>;
}

export interface CallerFacts {
  readonly displayName: string;
  /** Methods of the peer's Allow header. */
  readonly allowed: readonly string[];
  readonly legClass: LegClass;
}

const SDP = 'application/sdp';

/** @throws where the machine has no ports left */
export function openCallMedia(
  id: string,
  context: CallContext,
  hangUp: (reason: string) => void,
  options: Pick<CallMediaOptions, 'onConsentLost' | 'trickles'> = {},
): Promise<CallMedia> {
  return CallMedia.open({
    ...context,
    ...options,
    random: context.random.fork(id),
    cname: `${id}@plugfest.example`,
    onCamera: (wish) => context.emit('participant.camera', { participant: id, ...wish }),
    onFault: (message) => {
      context.emit('participant.fault', { participant: id, message });
      hangUp('SIP;cause=488;text="No secure media"');
    },
  });
}

export function participantOf(
  id: string,
  session: Session,
  media: CallMedia,
  place: Place,
  { displayName, allowed, legClass }: CallerFacts,
  { clock, random }: CallContext,
): Participant {
  const takesInfo = allowed.length === 0 || allowed.includes('INFO');
  const participant = new Participant({
    id,
    uri: session.remoteUri,
    displayName,
    legClass,
    signalling: 'sip',
    session,
    media,
    clock,
    random: random.fork(`${id} media`),
    stages: place.conference.stages,
    inform: takesInfo ? (contentType, body) => session.info(contentType, body) : undefined,
    onDigit: (digit) => place.conference.press(id, digit),
    onKeyFrameRequest: () => place.conference.wantKeyFrame(id),
    onSlideRequest: () => place.conference.wantKeyFrame(slidesKey(id)),
  });
  place.participant = participant;
  return participant;
}

/** What happens within a call: later offers, and what INFO says. An offer that comes on the heels of the first answer waits until that one is `agreed`. */
export function serve(
  session: Session,
  participant: Participant,
  place: Place,
  media: CallMedia,
  agreed: Promise<void> = Promise.resolve(),
): void {
  session.onReinvite = async (offer): Promise<OfferOutcome> => {
    await Promise.race([agreed, session.terminated]);
    if (session.state === 'terminated') return { statusCode: 481 };
    if (!offer) return sdpBody(await media.offer());
    const answered = await media.answer(textOf(offer));
    if (!answered.ok) return { statusCode: 488, headers: [warning(answered.error.warning)] };
    participant.agree(answered.value.agreed);
    place.conference.floorAgreed(participant);
    return sdpBody(answered.value.sdp);
  };
  session.onAnswer = (answer) => {
    const taken = answer && media.take(textOf(answer));
    if (taken?.ok) participant.agree(taken.value);
  };
  session.onRefer = place.onRefer;
  session.onRefresh = async () => sdpBody(await media.offer());
  session.onInfo = (request) => takeInfo(request, participant, place.conference);
}

/** A picture's refresh (RFC 5168), or a digit as many phones send it. Other bodies are not for us (RFC 6086 §4.2.2). */
function takeInfo(request: SipRequest, participant: Participant, conference: Conference): ResponseSpec | undefined {
  const contentType = (header(request, 'Content-Type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const body = textOf(request);
  if (contentType === 'application/media_control+xml') {
    const read = readXml(Buffer.from(request.body).toString());
    if (!read.ok) return { statusCode: 400, reasonPhrase: `Bad Request (${read.error.code})` };
    if (elementsNamed(read.value, 'picture_fast_update').length > 0) conference.wantKeyFrame(participant.id);
    return undefined;
  }
  const digit = DIGIT_BODIES[contentType]?.exec(body)?.[1];
  if (digit) participant.press(digit.toUpperCase(), 'info');
  return digit || request.body.length === 0 ? undefined : { statusCode: 415 };
}

/** Bodies of INFO that tell of a pressed key. */
const DIGIT_BODIES: Readonly<Record<string, RegExp>> = {
  'application/dtmf-relay': /^[ \t]*Signal[ \t]*=[ \t]*([0-9A-D*#])/im,
  'application/dtmf': /^\s*(?:Signal[ \t]*=[ \t]*)?([0-9A-D*#])/i,
};

export function warning(value: string): { name: string; value: string } {
  return { name: 'Warning', value: value.replace(/^(\d+) /, '$1 plugfest ') };
}

export function sdpBody(sdp: string): SipBody {
  return { contentType: SDP, body: Buffer.from(sdp, 'latin1') };
}

export function textOf({ body }: Pick<SipBody, 'body'>): string {
  return Buffer.from(body).toString('latin1');
}
