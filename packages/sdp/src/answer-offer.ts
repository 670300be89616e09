import { err, ok, type Result } from '@plugfest/model';
import { type AnsweredMedia, answerMedia } from './answer-media.ts';
import { attribute } from './attribute.ts';
import { bundledIndices } from './bundle-group.ts';
import type { Capabilities } from './capabilities.ts';
import { localSessionPart, said } from './local-media-lines.ts';
import type { LocalMedia, LocalSession } from './local-session.ts';
import type { NegotiatedMedia, NegotiationFault } from './negotiated-media.ts';
import type { MediaDescription, SessionDescription } from './session-description.ts';
import { sequenceNumberIdOf } from './transport-wide.ts';

export interface Answered {
  readonly answer: SessionDescription;
  /** Accepted m-lines only. */
  readonly media: readonly NegotiatedMedia[];
  readonly rejected: readonly { readonly index: number; readonly reason: string }[];
}

/**
 * Answers an offer: one m-line for each offered one, in place, port 0 for what we do not take. Also for re-offers: pass the same local
 * data again, with `sessionVersion` one higher where the answer changes. An offer in which everything live is refused is a 488.
 * @see RFC 3264 §6
 */
export function answerOffer(
  offer: SessionDescription,
  capabilities: Capabilities,
  local: LocalSession,
): Result<Answered, NegotiationFault> {
  const locals = assignLocalMedia(offer, local.media);
  const bundled = capabilities.bundle ? bundledIndices(offer) : [];
  const sequenceNumberId = capabilities.transportCc ? sequenceNumberIdOf(offer, bundled) : undefined;
  const outcomes: (AnsweredMedia | string)[] = [];
  let bundleTag: number | undefined;
  // The first m-line of the group that we take carries the transport of all, so the group's order comes first.
  const order = [...bundled, ...offer.media.keys().filter((index) => !bundled.includes(index))];
  for (const index of order) {
    const own = locals[index];
    const isBundled = bundled.includes(index);
    const outcome: AnsweredMedia | string =
      own === undefined
        ? 'no-local-media'
        : answerMedia({
            offer,
            index,
            capabilities,
            address: local.address,
            local: bundleTag !== undefined && isBundled ? onTransport(own, locals[bundleTag]) : own,
            isBundled,
            bundleTag: isBundled ? bundleTag : undefined,
            sequenceNumberId: isBundled ? sequenceNumberId : undefined,
          });
    outcomes[index] = outcome;
    if (isBundled && typeof outcome !== 'string') bundleTag ??= index;
  }
  return assemble(offer, local, outcomes, bundled);
}

/** Each offered m-line takes the first unused entry of its kind and content. */
function assignLocalMedia(offer: SessionDescription, available: readonly LocalMedia[]): (LocalMedia | undefined)[] {
  const left = [...available];
  return offer.media.map((media) => {
    const content = mainOr(attribute(media, 'content'));
    const at = left.findIndex((entry) => entry.kind === media.kind && mainOr(entry.content) === content);
    return at === -1 ? undefined : left.splice(at, 1)[0];
  });
}

function mainOr(content: string | undefined): string {
  return content === undefined || content === '' ? 'main' : content;
}

function onTransport(own: LocalMedia, first: LocalMedia | undefined): LocalMedia {
  if (first === undefined) return own;
  return { ...own, rtpPort: first.rtpPort, rtcpPort: first.rtcpPort, ice: first.ice, dtls: first.dtls };
}

function assemble(
  offer: SessionDescription,
  local: LocalSession,
  outcomes: readonly (AnsweredMedia | string)[],
  bundled: readonly number[],
): Result<Answered, NegotiationFault> {
  const accepted = outcomes.filter((outcome) => typeof outcome !== 'string');
  const rejected = outcomes.flatMap((outcome, index) =>
    typeof outcome === 'string' ? [{ index, reason: outcome }] : [],
  );
  const refusals = rejected.filter(({ reason }) => reason !== 'switched-off');
  if (accepted.length === 0 && refusals.length > 0) return err(refusal(refusals.map(({ reason }) => reason)));
  const mids = bundled.flatMap((index) => {
    const outcome = outcomes[index];
    return outcome === undefined || typeof outcome === 'string' ? [] : (outcome.negotiated.mid ?? []);
  });
  const isLite = local.media.some(({ ice }) => ice?.lite === true) && accepted.some(({ usesIce }) => usesIce);
  const answer = {
    ...localSessionPart(local, mids, isLite),
    media: offer.media.map((media, index) => {
      const outcome = outcomes[index];
      return outcome === undefined || typeof outcome === 'string' ? rejectedMedia(media) : outcome.description;
    }),
  };
  return ok({ answer, media: accepted.map(({ negotiated }) => negotiated), rejected });
}

/** The refused m-line as it goes into an answer: port 0, in place. */
export function rejectedMedia(media: MediaDescription): MediaDescription {
  const mid = attribute(media, 'mid');
  return {
    kind: media.kind,
    port: 0,
    protocol: media.protocol,
    formats: media.formats.slice(0, 1),
    bandwidths: [],
    attributes: [said('inactive'), ...(mid === undefined ? [] : [said('mid', mid)])],
  };
}

/** @see RFC 3261 §20.43 for the codes */
const WARNINGS: Readonly<Record<string, string>> = {
  'no-common-codec': '305 "Incompatible media format"',
  'unknown-profile': '302 "Incompatible transport protocol"',
  'no-usable-key': '302 "Incompatible transport protocol"',
  'no-local-media': '304 "Media type not available"',
  'no-connection': '399 "No connection address"',
  'address-is-a-name': '301 "Incompatible network address formats"',
  'address-is-multicast': '330 "Multicast not available"',
};

function refusal(reasons: readonly string[]): NegotiationFault {
  const code = reasons.find((reason) => reason !== 'no-local-media') ?? 'no-local-media';
  return { statusCode: 488, code, warning: WARNINGS[code] ?? '399 "Not acceptable here"' };
}
