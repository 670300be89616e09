import { attribute, attributes, classifyAddress, type MediaDescription, type SessionDescription } from '@plugfest/sdp';

/** A call's way to the far end's camera as both sides agreed on it. */
export interface CameraAgreement {
  /** Place of the m-line in the description. */
  readonly index: number;
  readonly payloadType: number;
  readonly remote: { readonly address: string; readonly port: number };
}

/** The first m-line of an offer for far-end camera control in the clear; undefined where there is none. @see RFC 4573 §4 */
export function agreeOnCamera(offer: SessionDescription): CameraAgreement | undefined {
  for (const [index, media] of offer.media.entries()) {
    if (media.kind !== 'application' || media.port === 0 || !/^RTP\/AVPF?$/.test(media.protocol)) continue;
    const payloadType = payloadTypeOf(media);
    const address = (media.connection ?? offer.connection)?.address;
    // Whoever sends to a name would have to ask the DNS for a peer's sake.
    if (payloadType === undefined || address === undefined || classifyAddress(address) !== 'unicast') continue;
    return { index, payloadType, remote: { address, port: media.port } };
  }
  return undefined;
}

function payloadTypeOf(media: MediaDescription): number | undefined {
  const mapped = attributes(media, 'rtpmap').find((value) => /^\d{1,3} H224\/4800$/i.test(value ?? ''));
  const number = mapped?.split(' ')[0];
  return number !== undefined && media.formats.includes(number) ? Number(number) : undefined;
}

/** Our m-line. */
export function cameraAnswer(
  offered: MediaDescription,
  { payloadType }: CameraAgreement,
  port: number,
): MediaDescription {
  const mid = attribute(offered, 'mid');
  return {
    kind: offered.kind,
    port,
    protocol: offered.protocol,
    formats: [`${payloadType}`],
    bandwidths: [],
    attributes: [
      ...(mid === undefined ? [] : [{ name: 'mid', value: mid }]),
      { name: 'rtpmap', value: `${payloadType} H224/4800` },
      { name: 'sendrecv' },
    ],
  };
}
