import { err, ok, type Result } from '@plugfest/model';
import {
  type Attribute,
  attribute,
  attributes,
  type Direction,
  describedDirection,
  formatSdp,
  type MediaDescription,
  parseSdp,
  type SessionDescription,
} from '@plugfest/sdp';
import type { WhipArrival, WhipRefusal } from './whip-arrival.ts';

interface OneWay {
  /** As it is answered: an offer to do both is taken for this one. */
  readonly direction: Direction;
  readonly forbidden: readonly Direction[];
}

/** Who publishes sends, who looks on receives. @see RFC 9725 §4.4.2, draft-ietf-wish-whep-03 §4.4 */
const WAYS: Readonly<Record<WhipArrival['signalling'], OneWay>> = {
  whip: { direction: 'sendonly', forbidden: ['recvonly', 'inactive'] },
  whep: { direction: 'recvonly', forbidden: ['sendonly', 'inactive'] },
};
const DIRECTIONS: readonly string[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];
/** What a browser offers. Nothing else is taken here: media that are neither checked by ICE nor secured could be sent to anybody. @see RFC 8834, RFC 8827 §6.5 */
const PROFILE = 'UDP/TLS/RTP/SAVPF';

/** The offer of a publisher or a viewer, in the one direction that it may have; or what of it cannot be taken. */
export function oneWayOffer(text: string, signalling: WhipArrival['signalling']): Result<string, WhipRefusal> {
  const parsed = parseSdp(text);
  if (!parsed.ok) return refuse(400, `the body is no session description: ${parsed.error.text}`);
  const fault = faultOf(parsed.value, WAYS[signalling]);
  if (fault !== undefined) return refuse(400, fault);
  return ok(formatSdp(turned(parsed.value, WAYS[signalling].direction)));
}

/** Nothing is taken in part: a publisher would send what nobody sees. @see RFC 9725 §4.4.3 */
export function assertWhole(answer: string): Result<void, WhipRefusal> {
  const parsed = parseSdp(answer);
  const isWhole = parsed.ok && parsed.value.media.every(({ port }) => port !== 0);
  return isWhole ? ok(undefined) : refuse(422, 'not every m-line can be taken: one audio and one video, or two video');
}

function faultOf(offer: SessionDescription, { forbidden }: OneWay): string | undefined {
  if (offer.media.length === 0) return 'no m-line';
  const stranger = offer.media.find(({ kind, protocol }) => protocol !== PROFILE || !/^(audio|video)$/.test(kind));
  if (stranger) return `m=${stranger.kind} over ${stranger.protocol}: only audio and video over ${PROFILE}`;
  const wrong = offer.media.map((media) => describedDirection(media, offer)).find((way) => forbidden.includes(way));
  if (wrong !== undefined) return `a=${wrong} has no place here`;
  if (!isBundled(offer)) return 'all m-lines must be of one bundle';
  const credentials = (media: MediaDescription, name: string): unknown =>
    attribute(media, name) ?? attribute(offer, name);
  const bare = ['ice-ufrag', 'ice-pwd', 'fingerprint'].find((name) =>
    offer.media.every((media) => credentials(media, name) === undefined),
  );
  return bare && `no a=${bare}`;
}

/** @see RFC 9725 §4.4.1 */
function isBundled(offer: SessionDescription): boolean {
  if (offer.media.length === 1) return true;
  const [bundle = ''] = attributes(offer, 'group').filter((value) => value.startsWith('BUNDLE'));
  const mids = bundle.split(' ').slice(1);
  return offer.media.every((media) => mids.includes(attribute(media, 'mid') ?? ''));
}

function turned(offer: SessionDescription, direction: Direction): SessionDescription {
  const isOther = ({ name }: Attribute): boolean => !DIRECTIONS.includes(name);
  const media = offer.media.map((line) => ({
    ...line,
    attributes: [...line.attributes.filter(isOther), { name: direction }],
  }));
  return { ...offer, attributes: offer.attributes.filter(isOther), media };
}

function refuse(status: number, text: string): Result<never, WhipRefusal> {
  return err({ status, text });
}
