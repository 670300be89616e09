import {
  commonFeedback,
  feedbackSupport,
  keyingOffered,
  negotiatedCodec,
  remoteFacts,
  rtxFormat,
} from './agree-media.ts';
import { attribute, attributes } from './attribute.ts';
import type { Capabilities, MediaKind } from './capabilities.ts';
import {
  answerParameters,
  type CodecMatch,
  isTelephoneEvent,
  matchCodecs,
  matchTelephoneEvent,
} from './codec-match.ts';
import { answeringKey, chooseCrypto } from './crypto-attribute.ts';
import { agreedDirection, describedDirection, withoutSending } from './direction.ts';
import { answeringSetup, describedFingerprints, describedSetup } from './dtls-attributes.ts';
import { type DescribedFormat, describedFormats } from './format-parameters.ts';
import {
  bandwidthsOf,
  codecAttributes,
  cryptoAttributes,
  dtlsAttributes,
  extensionAttributes,
  iceAttributes,
  rtxOf,
  type SaidCodec,
  said,
  streamAttributes,
  transportAttributes,
} from './local-media-lines.ts';
import type { LocalMedia } from './local-session.ts';
import type { NegotiatedMedia } from './negotiated-media.ts';
import { isRtpProfile, RTP_PROFILES } from './rtp-profile.ts';
import type { Attribute, MediaDescription, RtpProfile, SessionDescription } from './session-description.ts';
import { hasSequenceNumbers, TRANSPORT_CC } from './transport-wide.ts';

export interface AnswerInput {
  readonly offer: SessionDescription;
  readonly index: number;
  readonly capabilities: Capabilities;
  readonly local: LocalMedia;
  readonly address: string;
  readonly isBundled: boolean;
  /** m-line whose transport this one shares; undefined for the one that carries it. */
  readonly bundleTag: number | undefined;
  /** Of the bundle, where the offer has it. */
  readonly sequenceNumberId: number | undefined;
}

export interface AnsweredMedia {
  readonly description: MediaDescription;
  readonly negotiated: NegotiatedMedia;
  readonly usesIce: boolean;
}

type Keys = Pick<NegotiatedMedia, 'crypto' | 'dtls'>;

/** Answers one m-line, or says why not. */
export function answerMedia(input: AnswerInput): AnsweredMedia | string {
  const { offer, index, capabilities, local } = input;
  const media = offer.media[index] as MediaDescription;
  const isBundleOnly = input.isBundled && attribute(media, 'bundle-only') !== undefined;
  if (media.port === 0 && !isBundleOnly) return 'switched-off';
  if (!isRtpProfile(media.protocol) || !capabilities.profiles.includes(media.protocol)) return 'unknown-profile';
  const rtcpMux = capabilities.rtcpMux && attribute(media, 'rtcp-mux') !== undefined;
  const facts = remoteFacts(media, offer, { ...capabilities, rtcpMux });
  if (typeof facts === 'string') return facts;
  const keys = agreeKeys(media, media.protocol, input);
  const sequenceNumberId = keys?.dtls && agreeSequenceNumbers(media, input);
  const codecs = answerCodecs(media, input, sequenceNumberId !== undefined);
  if (codecs === undefined) return 'no-common-codec';
  if (keys === undefined) return 'no-usable-key';

  const agreed = agreedDirection(describedDirection(media, offer), local.direction ?? 'sendrecv');
  const direction = facts.isHeldByAddress ? withoutSending(agreed) : agreed;
  const { isHeldByAddress: _, ...remote } = facts;
  const main = codecs.matches[0] as CodecMatch;
  const negotiated: NegotiatedMedia = {
    ...remote,
    ice: local.ice === undefined ? undefined : remote.ice,
    index,
    kind: media.kind as MediaKind,
    direction,
    profile: media.protocol,
    rtcpMux,
    transportIndex: input.bundleTag ?? index,
    codec: codecs.negotiated[0] as NegotiatedMedia['codec'],
    codecs: codecs.negotiated,
    telephoneEvent: codecs.telephoneEvent,
    ...(codecs.comfortNoise ? { comfortNoise: { receivePayloadType: codecs.comfortNoise.payloadType } } : {}),
    ...keys,
    feedback: feedbackSupport(main.format.feedback),
    ...(codecs.hasTransportCc ? { sequenceNumberId } : {}),
  };
  return {
    description: describe(input, media, negotiated, codecs.said),
    negotiated,
    usesIce: negotiated.ice !== undefined,
  };
}

interface AnsweredCodecs {
  readonly matches: readonly CodecMatch[];
  readonly said: readonly SaidCodec[];
  readonly negotiated: NegotiatedMedia['codecs'];
  readonly telephoneEvent: NegotiatedMedia['telephoneEvent'];
  readonly comfortNoise: SaidCodec | undefined;
  readonly hasTransportCc: boolean;
}

/** The bundle's sequence numbers, on the m-lines that have them. */
function agreeSequenceNumbers(
  media: MediaDescription,
  { offer, sequenceNumberId: id }: AnswerInput,
): number | undefined {
  return id !== undefined && hasSequenceNumbers(media, offer, id) ? id : undefined;
}

function answerCodecs(
  media: MediaDescription,
  { capabilities, local }: AnswerInput,
  isNumbered: boolean,
): AnsweredCodecs | undefined {
  const rows = (local.codecs ?? capabilities.codecs).filter((row) => row.kind === media.kind);
  const formats = describedFormats(media);
  const all = matchCodecs(formats, rows, capabilities.preference);
  const events = formats.every(isTelephoneEvent) ? matchTelephoneEvent(formats, rows, 8000) : undefined;
  const preferred = capabilities.answerWith === 'one' ? all.slice(0, 1) : all;
  const matches = events === undefined ? preferred : [events];
  const [first] = matches;
  if (first === undefined) return undefined;
  const event = events === undefined ? matchTelephoneEvent(formats, rows, first.format.clockRateHz) : undefined;
  // The offer's payload types are kept, so that both directions use one number.
  const saidOf = (match: CodecMatch): SaidCodec => ({
    row: match.row,
    payloadType: match.format.payloadType,
    fmtp: answerParameters(match),
    feedback: [
      ...commonFeedback(match.row, match.format.feedback),
      ...(isNumbered && match.format.feedback.includes(TRANSPORT_CC) ? [TRANSPORT_CC] : []),
    ],
  });
  const comfortNoise = capabilities.comfortNoise ? comfortNoiseOf(formats, first.format) : undefined;
  const rtxFor = ({ row, format }: CodecMatch): number | undefined => {
    const isRepaired = capabilities.rtx && row.feedback.includes('nack') && format.feedback.includes('nack');
    return isRepaired ? rtxFormat(formats, format.payloadType)?.payloadType : undefined;
  };
  const negotiatedOf = (match: CodecMatch): NegotiatedMedia['codec'] => {
    const rtx = rtxFor(match);
    return negotiatedCodec(
      match,
      saidOf(match),
      rtx === undefined ? rtx : { payloadType: rtx, receivePayloadType: rtx },
    );
  };
  const saidWithRtx = (match: CodecMatch): SaidCodec[] => {
    const [codec, rtx] = [saidOf(match), rtxFor(match)];
    return rtx === undefined ? [codec] : [codec, rtxOf(rtx, codec)];
  };
  return {
    matches,
    said: [
      ...[...matches, ...(event === undefined ? [] : [event])].flatMap(saidWithRtx),
      ...(comfortNoise ? [comfortNoise] : []),
    ],
    negotiated: matches.map(negotiatedOf),
    comfortNoise,
    hasTransportCc: isNumbered && first.format.feedback.includes(TRANSPORT_CC),
    telephoneEvent: (event ?? events) && negotiatedOf((event ?? events) as CodecMatch),
  };
}

/** What a peer sends in its pauses, on the clock of its sound: taken where it is offered, never sent. @see RFC 3389 §4 */
function comfortNoiseOf(formats: readonly DescribedFormat[], codec: DescribedFormat): SaidCodec | undefined {
  const found = formats.find(
    ({ encodingName, clockRateHz }) => encodingName.toUpperCase() === 'CN' && clockRateHz === codec.clockRateHz,
  );
  return (
    found && {
      row: { ...found, encodingName: 'CN', channels: 1 },
      payloadType: found.payloadType,
      fmtp: {},
      feedback: [],
    }
  );
}

/** Keys as the profile wants them; undefined where it wants some and none can be agreed on. */
function agreeKeys(media: MediaDescription, profile: RtpProfile, input: AnswerInput): Keys | undefined {
  const { offer, capabilities, local } = input;
  const { keying } = RTP_PROFILES[profile];
  const offered = keyingOffered(media, offer);
  if (keying === 'none') {
    return (capabilities.bestEffortCrypto && offered.sdes ? agreeSdes(media, capabilities, local) : undefined) ?? {};
  }
  const dtls = offered.dtls ? agreeDtls(media, offer, local) : undefined;
  if (keying === 'dtls' || (dtls !== undefined && !offered.sdes)) return dtls;
  return agreeSdes(media, capabilities, local) ?? dtls;
}

function agreeSdes(media: MediaDescription, { suites }: Capabilities, { sdes }: LocalMedia): Keys | undefined {
  const remote = chooseCrypto(attributes(media, 'crypto'), suites);
  return remote === undefined || sdes === undefined
    ? undefined
    : { crypto: { remote, local: answeringKey(remote, sdes) } };
}

function agreeDtls(media: MediaDescription, offer: SessionDescription, { dtls }: LocalMedia): Keys | undefined {
  const fingerprints = describedFingerprints(media, offer);
  const [fingerprint] = fingerprints;
  const setup = describedSetup(media, offer) ?? 'actpass';
  const localSetup = answeringSetup(setup, dtls?.setup);
  if (dtls === undefined || fingerprint === undefined || localSetup === undefined) return undefined;
  return { dtls: { fingerprint, fingerprints, setup, localSetup } };
}

function describe(
  input: AnswerInput,
  offered: MediaDescription,
  negotiated: NegotiatedMedia,
  codecs: readonly SaidCodec[],
): MediaDescription {
  const { local, address } = input;
  const isTransport = input.bundleTag === undefined;
  const keyLines: Attribute[] =
    negotiated.dtls === undefined
      ? cryptoAttributes(negotiated.crypto === undefined ? [] : [negotiated.crypto.local])
      : dtlsAttributes(local, negotiated.dtls.localSetup);
  return {
    kind: offered.kind,
    port: local.rtpPort,
    protocol: offered.protocol,
    formats: codecs.map(({ payloadType }) => `${payloadType}`),
    bandwidths: bandwidthsOf(local),
    attributes: [
      ...(negotiated.mid === undefined ? [] : [said('mid', negotiated.mid)]),
      ...extensionAttributes(negotiated.sequenceNumberId),
      ...codecAttributes(codecs),
      ...transportAttributes(local, address, negotiated.rtcpMux),
      ...keyLines,
      ...(negotiated.ice === undefined ? [] : iceAttributes(local, isTransport)),
      ...streamAttributes(local, negotiated.direction, codecs),
    ],
  };
}
