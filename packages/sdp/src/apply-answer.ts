import { err, ok, type Result } from '@plugfest/model';
import { feedbackSupport, negotiatedCodec, remoteFacts, rtxFormat } from './agree-media.ts';
import { attribute, attributes } from './attribute.ts';
import { bundledIndices } from './bundle-group.ts';
import type { Capabilities, CodecCapability, MediaKind } from './capabilities.ts';
import { type CodecMatch, fits, isTelephoneEvent, packetizationMode } from './codec-match.ts';
import { parseCryptoAttribute } from './crypto-attribute.ts';
import { agreedDirection, describedDirection, withoutSending } from './direction.ts';
import { describedFingerprints, describedSetup, offeringSetup } from './dtls-attributes.ts';
import { type DescribedFormat, describedFormats } from './format-parameters.ts';
import type { NegotiatedCodec, NegotiatedMedia, NegotiationFault } from './negotiated-media.ts';
import { isRtpProfile, RTP_PROFILES } from './rtp-profile.ts';
import type { MediaDescription, RtpProfile, SessionDescription } from './session-description.ts';
import { hasSequenceNumbers, sequenceNumberIdOf } from './transport-wide.ts';

/**
 * What an answer made of our offer, seen from us. Faults: `media-count-mismatch`, `media-kind-mismatch` (the answer is not one to this offer),
 * `nothing-agreed`. Everything that is needed of our side is read from our offer; `capabilities` name the codecs.
 * @see RFC 3264 §7
 */
export function applyAnswer(
  offer: SessionDescription,
  answer: SessionDescription,
  capabilities: Capabilities,
): Result<NegotiatedMedia[], NegotiationFault> {
  if (answer.media.length !== offer.media.length) return fault('media-count-mismatch');
  if (answer.media.some((media, index) => media.kind !== offer.media[index]?.kind)) return fault('media-kind-mismatch');
  const offeredBundle = new Set(bundledIndices(offer));
  const sequenceNumberId = capabilities.transportCc ? sequenceNumberIdOf(offer, [...offeredBundle]) : undefined;
  const bundled = bundledIndices(answer).filter((index) => offeredBundle.has(index) && answer.media[index]?.port !== 0);
  const agreed = answer.media.flatMap((_, index) => {
    const transportIndex = bundled.includes(index) ? (bundled[0] as number) : index;
    const media = applyMedia(offer, answer, index, transportIndex, capabilities);
    const isNumbered = sequenceNumberId !== undefined && bundled.includes(index) && media?.dtls !== undefined;
    if (!isNumbered || !hasSameNumbers(offer, answer, index, sequenceNumberId)) return media ?? [];
    return media.feedback.transportCc ? { ...media, sequenceNumberId } : media;
  });
  const isLive = offer.media.some(({ port, kind }) => port !== 0 && (kind === 'audio' || kind === 'video'));
  return agreed.length === 0 && isLive ? fault('nothing-agreed') : ok(agreed);
}

/** What the answer gives another id, or takes for one direction alone, is not agreed. @see RFC 8285 §6 */
function hasSameNumbers(offer: SessionDescription, answer: SessionDescription, index: number, id: number): boolean {
  const offered = offer.media[index] as MediaDescription;
  return hasSequenceNumbers(offered, offer, id) && sequenceNumberIdOf(answer, [index]) === id;
}

function fault(code: string): Result<never, NegotiationFault> {
  return err({ statusCode: 488, code, warning: '399 "The answer does not fit the offer"' });
}

function applyMedia(
  offer: SessionDescription,
  answer: SessionDescription,
  index: number,
  transportIndex: number,
  capabilities: Capabilities,
): NegotiatedMedia | undefined {
  const offered = offer.media[index] as MediaDescription;
  const answered = answer.media[index] as MediaDescription;
  const profile = agreedProfile(offered, answered);
  const transport = answer.media[transportIndex] as MediaDescription;
  if (answered.port === 0 || offered.port === 0 || profile === undefined) return undefined;
  const rtcpMux = attribute(offered, 'rtcp-mux') !== undefined && attribute(answered, 'rtcp-mux') !== undefined;
  const facts = remoteFacts(transport, answer, { ...capabilities, rtcpMux });
  const own = remoteFacts(answered, answer, { ...capabilities, rtcpMux });
  const codecs = agreedCodecs(offered, answered, capabilities);
  const keys = agreedKeys(offered, answered, answer, profile);
  if (typeof facts === 'string' || typeof own === 'string' || codecs === undefined || keys === undefined) {
    return undefined;
  }
  const direction = agreedDirection(describedDirection(answered, answer), describedDirection(offered, offer));
  const { isHeldByAddress, ...remote } = own;
  return {
    ...remote,
    remote: facts.remote,
    ice: attribute(offered, 'ice-ufrag') === undefined ? undefined : facts.ice,
    index,
    kind: answered.kind as MediaKind,
    direction: isHeldByAddress ? withoutSending(direction) : direction,
    profile,
    rtcpMux,
    transportIndex,
    ...codecs,
    ...keys,
  };
}

/** The offer's profile; an answer that differs in feedback alone is taken at its word, as many do it. */
function agreedProfile(offered: MediaDescription, answered: MediaDescription): RtpProfile | undefined {
  if (!isRtpProfile(offered.protocol) || !isRtpProfile(answered.protocol)) return undefined;
  const isSameKeying = RTP_PROFILES[offered.protocol].keying === RTP_PROFILES[answered.protocol].keying;
  return isSameKeying ? answered.protocol : undefined;
}

type Codecs = Pick<NegotiatedMedia, 'codec' | 'codecs' | 'telephoneEvent' | 'feedback'>;

function agreedCodecs(
  offered: MediaDescription,
  answered: MediaDescription,
  capabilities: Capabilities,
): Codecs | undefined {
  const ours = describedFormats(offered);
  const theirs = describedFormats(answered);
  const pairs = theirs.flatMap((format) => {
    const codec = pairUp(format, ours, theirs, capabilities);
    return codec === undefined ? [] : [{ codec, format }];
  });
  const isEventsOnly = theirs.every(isTelephoneEvent);
  const [first] = pairs.filter(({ codec }) => isEventsOnly || codec.name !== 'telephone-event');
  if (first === undefined) return undefined;
  const codecs = pairs.flatMap(({ codec }) => (codec.name === 'telephone-event' && !isEventsOnly ? [] : [codec]));
  const events = pairs.flatMap(({ codec }) => (codec.name === 'telephone-event' ? [codec] : []));
  const event = events.find(({ clockRateHz }) => clockRateHz === first.codec.clockRateHz) ?? events[0];
  return { codec: first.codec, codecs, telephoneEvent: event, feedback: feedbackSupport(first.format.feedback) };
}

/** The offered format that an answered one means, by codec, so that the two numbers may differ. */
function pairUp(
  theirs: DescribedFormat,
  ours: readonly DescribedFormat[],
  all: readonly DescribedFormat[],
  { codecs: rows, rtx: wantsRtx }: Pick<Capabilities, 'codecs' | 'rtx'>,
): NegotiatedCodec | undefined {
  const candidates = rows.flatMap((row) => {
    const isRow = fits(row, theirs) || isLesserMode(row, theirs);
    const mine = isRow ? ours.filter((format) => fits(row, format)) : [];
    return mine.map((format) => ({ row, format }));
  });
  const exact = candidates.find(({ row, format }) => fits(row, theirs) && format.payloadType === theirs.payloadType);
  const chosen = exact ?? candidates.find(({ row }) => fits(row, theirs)) ?? candidates[0];
  if (chosen === undefined) return undefined;
  const match: CodecMatch = { row: chosen.row, format: theirs };
  const { payloadType, fmtp } = chosen.format;
  const [sent, received] = [rtxFormat(all, theirs.payloadType), rtxFormat(ours, payloadType)];
  const isRepaired = wantsRtx && theirs.feedback.includes('nack') && sent !== undefined && received !== undefined;
  const rtx = isRepaired ? { payloadType: sent.payloadType, receivePayloadType: received.payloadType } : undefined;
  return negotiatedCodec(match, { payloadType, fmtp }, rtx);
}

/**
 * DIVERGES from RFC 6184 §8.2.2 (the mode is symmetric): a peer that answers our mode 1 without a mode gets mode 0, which it surely
 * reads; most such peers have only forgotten the parameter.
 */
function isLesserMode(row: CodecCapability, theirs: DescribedFormat): boolean {
  if (row.name !== 'h264' || packetizationMode(theirs.fmtp) !== 0) return false;
  return fits(row, { ...theirs, fmtp: { ...theirs.fmtp, 'packetization-mode': '1' } });
}

type Keys = Pick<NegotiatedMedia, 'crypto' | 'dtls'>;

function agreedKeys(
  offered: MediaDescription,
  answered: MediaDescription,
  answer: SessionDescription,
  profile: RtpProfile,
): Keys | undefined {
  const { keying } = RTP_PROFILES[profile];
  if (keying === 'dtls') {
    const fingerprints = describedFingerprints(answered, answer);
    const [fingerprint] = fingerprints;
    const setup = describedSetup(answered, answer) ?? 'active';
    const localSetup = offeringSetup(setup);
    if (fingerprint === undefined || localSetup === undefined) return undefined;
    return { dtls: { fingerprint, fingerprints, setup, localSetup } };
  }
  const crypto = agreedSdes(offered, answered);
  return crypto === undefined ? (keying === 'none' ? {} : undefined) : { crypto };
}

/** The answered key with ours of the same tag and suite. @see RFC 4568 §5.1.3 */
function agreedSdes(offered: MediaDescription, answered: MediaDescription): NegotiatedMedia['crypto'] {
  const ours = attributes(offered, 'crypto').map(parseCryptoAttribute);
  for (const value of attributes(answered, 'crypto')) {
    const theirs = parseCryptoAttribute(value);
    if (!theirs.ok) continue;
    const { tag, suite } = theirs.value;
    const mine = ours.find((own) => own.ok && own.value.tag === tag && own.value.suite === suite);
    if (mine?.ok) return { local: mine.value, remote: theirs.value };
  }
  return undefined;
}
