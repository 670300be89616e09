import { err, ok, type Result } from '@plugfest/model';
import { type CallContext, openCallMedia, type Place } from '../call-in-room.ts';
import { Participant } from '../conference/participant.ts';
import { slidesKey } from '../conference/view-planner.ts';
import type { CallMedia } from '../leg/call-media.ts';
import { assertWhole, oneWayOffer } from './one-way-offer.ts';
import type { WhipArrival, WhipRefusal } from './whip-arrival.ts';
import { WhipSession } from './whip-session.ts';

/** Who does not come through in this time is gone, or never was: longer than ICE's own patience. @see RFC 8863 §4 */
const CONNECT_MS = 40_000;

/** Told once: the session whose answer may be sent, or why there is none. */
export type OnAnswered = (result: Result<WhipSession, WhipRefusal>) => void;

/** Brings one publisher or viewer to a conference's door, as soon as media can flow, and keeps it until its session ends. */
export async function handleWhip(
  arrival: WhipArrival,
  place: Place,
  context: CallContext,
  onAnswered: OnAnswered,
): Promise<void> {
  const offer = oneWayOffer(arrival.offer, arrival.signalling);
  if (!offer.ok) return onAnswered(offer);
  await using resources = new AsyncDisposableStack();
  const id = context.random.token(12);
  await context.turns.next();
  let session: WhipSession | undefined;
  const media = await openMedia(id, context, (reason) => session?.finish(reason));
  if (!media) return onAnswered(err({ status: 503, text: 'no ports are left', retryAfterS: 10 }));
  resources.use(media);
  const answered = await media.answer(offer.value);
  if (!answered.ok) return onAnswered(err({ status: 422, text: `cannot be answered: ${answered.error.code}` }));
  const { sdp, agreed } = answered.value;
  const whole = assertWhole(sdp);
  if (!whole.ok) return onAnswered(whole);
  session = new WhipSession(arrival, id, sdp, media);
  const participant = participantOf(id, arrival, session, media, place, context);
  resources.defer(() => participant.close());
  participant.agree(agreed);
  onAnswered(ok(session));
  if (await isConnected(session, media, context)) enter(arrival, participant, place);
  const reason = await session.terminated;
  await place.conference.remove(id, reason);
}

/** @returns undefined where the machine has no ports left */
async function openMedia(
  id: string,
  context: CallContext,
  finish: (reason: 'consent-lost' | 'fault') => void,
): Promise<CallMedia | undefined> {
  const onConsentLost = (): void => finish('consent-lost');
  try {
    return await openCallMedia(id, context, () => finish('fault'), { onConsentLost, trickles: true });
  } catch (fault) {
    context.emit('bridge.fault', { message: String(fault) });
    return undefined;
  }
}

function participantOf(
  id: string,
  { signalling, uri = `sip:anonymous-${id}@anonymous.invalid`, displayName = uri }: WhipArrival,
  session: WhipSession,
  media: CallMedia,
  place: Place,
  { clock, random }: CallContext,
): Participant {
  const participant = new Participant({
    id,
    uri,
    displayName,
    legClass: 'webrtc',
    signalling,
    session,
    media,
    clock,
    random: random.fork(`${id} media`),
    stages: place.conference.stages,
    inform: undefined,
    onDigit: (digit) => place.conference.press(id, digit),
    onKeyFrameRequest: () => place.conference.wantKeyFrame(id),
    onSlideRequest: () => place.conference.wantKeyFrame(slidesKey(id)),
  });
  place.participant = participant;
  return participant;
}

/** Until then nobody knows of it: an offer alone is nobody yet. */
async function isConnected(session: WhipSession, media: CallMedia, { clock }: CallContext): Promise<boolean> {
  const deadline = clock.schedule(CONNECT_MS, () => session.finish('no-connection'));
  const isThere = await Promise.race([media.connected.then(() => true), session.terminated.then(() => false)]);
  deadline.cancel();
  return isThere;
}

function enter({ pin }: WhipArrival, participant: Participant, { conference, role }: Place): void {
  const isIn = role === undefined ? conference.arrive(participant) : conference.enter(participant, role);
  if (!isIn) void participant.session.bye();
  else if (pin !== undefined) conference.enterPin(participant.id, pin);
}
