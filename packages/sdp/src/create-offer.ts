import type { Capabilities, CodecCapability } from './capabilities.ts';
import { offeredKeys } from './crypto-attribute.ts';
import {
  bandwidthsOf,
  codecAttributes,
  cryptoAttributes,
  dtlsAttributes,
  extensionAttributes,
  iceAttributes,
  localSessionPart,
  rtxOf,
  type SaidCodec,
  said,
  streamAttributes,
  transportAttributes,
} from './local-media-lines.ts';
import type { LocalMedia, LocalSession } from './local-session.ts';
import { RTP_PROFILES } from './rtp-profile.ts';
import type { Attribute, MediaDescription, RtpProfile, SessionDescription } from './session-description.ts';
import { offeredSequenceNumberId, TRANSPORT_CC } from './transport-wide.ts';

const FIRST_DYNAMIC = 96;

/**
 * Describes our side with everything that it can do: for calls that we make, and for calls without an offer. m-lines with a `mid` and
 * the same transport port are bundled. Throws `RangeError` where a profile needs keys that the local media does not have: our own bug.
 * @see RFC 3264 §5
 */
export function createOffer(capabilities: Capabilities, local: LocalSession): SessionDescription {
  const firstOnPort = new Map<number, LocalMedia>();
  const bundledMids: string[] = [];
  for (const media of local.media) {
    const first = firstOnPort.get(media.rtpPort);
    if (first === undefined) firstOnPort.set(media.rtpPort, media);
    else if (capabilities.bundle && media.mid !== undefined && first.mid !== undefined) {
      if (!bundledMids.includes(first.mid)) bundledMids.push(first.mid);
      bundledMids.push(media.mid);
    }
  }
  const isLite = local.media.some(({ ice }) => ice?.lite === true);
  return {
    ...localSessionPart(local, bundledMids, isLite),
    media: local.media.map((media) => {
      const isBundled = media.mid !== undefined && bundledMids.includes(media.mid);
      const sequenceNumberId =
        capabilities.transportCc && isBundled ? offeredSequenceNumberId(local.sequenceNumberId) : undefined;
      const transport = { address: local.address, isFirst: firstOnPort.get(media.rtpPort) === media, sequenceNumberId };
      return media.literal ?? offerMedia(media, capabilities, transport);
    }),
  };
}

interface OfferedTransport {
  readonly address: string;
  /** The m-line that carries it for all of a bundle. */
  readonly isFirst: boolean;
  readonly sequenceNumberId: number | undefined;
}

function offerMedia(
  local: LocalMedia,
  capabilities: Capabilities,
  { address, isFirst, sequenceNumberId }: OfferedTransport,
): MediaDescription {
  const profile = local.profile ?? 'RTP/AVP';
  const rows = (local.codecs ?? capabilities.codecs).filter((row) => row.kind === local.kind);
  const { keying, feedback: hasFeedback } = RTP_PROFILES[profile];
  const numbered = keying === 'dtls' && hasFeedback ? sequenceNumberId : undefined;
  const codecs = offeredCodecs(rows, capabilities.rtx && hasFeedback).map((codec) =>
    numbered === undefined ? codec : withTransportCc(codec),
  );
  const rtcpMux = capabilities.rtcpMux && local.ice !== undefined;
  return {
    kind: local.kind,
    port: local.rtpPort,
    protocol: profile,
    formats: codecs.map(({ payloadType }) => `${payloadType}`),
    bandwidths: bandwidthsOf(local),
    attributes: [
      ...(local.mid === undefined ? [] : [said('mid', local.mid)]),
      ...extensionAttributes(numbered),
      ...codecAttributes(codecs),
      ...transportAttributes(local, address, rtcpMux),
      ...offeredKeyLines(local, profile, capabilities),
      ...iceAttributes(local, isFirst),
      ...streamAttributes(local, local.direction ?? 'sendrecv', codecs),
    ],
  };
}

/** Whatever is not a repair or a key is reported on. */
function withTransportCc(codec: SaidCodec): SaidCodec {
  const isReported = codec.row.encodingName !== 'rtx' && codec.row.encodingName !== 'telephone-event';
  return isReported ? { ...codec, feedback: [...codec.feedback, TRANSPORT_CC] } : codec;
}

/** Rows with payload types of their own: where two rows want one number the later takes the next free dynamic one. */
function offeredCodecs(rows: readonly CodecCapability[], withRtx: boolean): SaidCodec[] {
  const taken = new Set(rows.map((row) => row.payloadType));
  const given = new Set<number>();
  const free = (): number => {
    let payloadType = FIRST_DYNAMIC;
    while (taken.has(payloadType) || given.has(payloadType)) payloadType++;
    return payloadType;
  };
  const codecs = rows.map((row): SaidCodec => {
    const payloadType = given.has(row.payloadType) ? free() : row.payloadType;
    given.add(payloadType);
    return { row, payloadType, fmtp: row.fmtp, feedback: row.feedback };
  });
  if (!withRtx) return codecs;
  const repairs = codecs
    .filter(({ feedback }) => feedback.includes('nack'))
    .map((codec) => {
      const payloadType = free();
      given.add(payloadType);
      return rtxOf(payloadType, codec);
    });
  return [...codecs, ...repairs];
}

function offeredKeyLines(local: LocalMedia, profile: RtpProfile, capabilities: Capabilities): Attribute[] {
  const { keying } = RTP_PROFILES[profile];
  if (keying === 'dtls') {
    if (local.dtls === undefined) throw new RangeError(`${profile} needs a fingerprint`);
    return dtlsAttributes(local, 'actpass');
  }
  const wantsSdes = keying === 'sdes' || (capabilities.bestEffortCrypto && local.sdes !== undefined);
  if (!wantsSdes) return [];
  if (local.sdes === undefined) throw new RangeError(`${profile} needs key material`);
  return cryptoAttributes(offeredKeys(capabilities.suites, local.sdes));
}
