import { attribute, attributes } from './attribute.ts';
import type { CodecMatch } from './codec-match.ts';
import { negotiatedH264 } from './codec-match.ts';
import type { DescribedFormat } from './format-parameters.ts';
import { iceParameters } from './ice-attributes.ts';
import { classifyAddress } from './ip-address.ts';
import type { SaidCodec } from './local-media-lines.ts';
import type { FeedbackSupport, NegotiatedCodec, NegotiatedMedia } from './negotiated-media.ts';
import { readNumber } from './parse-sdp.ts';
import { describedBandwidthBps, remoteTransport } from './remote-transport.ts';
import type { MediaDescription, SessionDescription } from './session-description.ts';

/** What offerer and answerer read out of the other's m-line alike. */
export type RemoteFacts = Pick<
  NegotiatedMedia,
  'mid' | 'remote' | 'ice' | 'ssrc' | 'label' | 'content' | 'bandwidthBps' | 'ptimeMs'
> & {
  /** The address is unspecified and ICE will not find another: an old-style hold. */
  readonly isHeldByAddress: boolean;
};

/** Undefined, with a reason, where media cannot be sent to what is described. */
export function remoteFacts(
  media: MediaDescription,
  session: SessionDescription,
  { rtcpMux, allowHostNames }: { readonly rtcpMux: boolean; readonly allowHostNames: boolean },
): RemoteFacts | 'no-connection' | 'address-is-a-name' | 'address-is-multicast' {
  const remote = remoteTransport(media, session, rtcpMux);
  if (remote === undefined) return 'no-connection';
  const ice = iceParameters(media, session);
  const addressClass = classifyAddress(remote.address);
  if (addressClass === 'multicast') return 'address-is-multicast';
  // Whoever sends would have to ask the DNS for a peer's sake.
  if (addressClass === 'name' && ice === undefined && !allowHostNames) return 'address-is-a-name';
  return {
    mid: attribute(media, 'mid'),
    remote,
    ice,
    ssrc: readNumber(attribute(media, 'ssrc')?.split(' ')[0], 2 ** 32 - 1),
    label: attribute(media, 'label'),
    content: attribute(media, 'content'),
    bandwidthBps: describedBandwidthBps(media, session),
    ptimeMs: readNumber(attribute(media, 'ptime'), 1000),
    isHeldByAddress: addressClass === 'unspecified' && ice === undefined,
  };
}

/** The format that carries retransmissions of that payload type. @see RFC 4588 §8.1 */
export function rtxFormat(formats: readonly DescribedFormat[], payloadType: number): DescribedFormat | undefined {
  return formats.find(
    ({ encodingName, fmtp }) => encodingName.toLowerCase() === 'rtx' && readNumber(fmtp.apt, 127) === payloadType,
  );
}

/** A codec that both said. */
export function negotiatedCodec(
  match: CodecMatch,
  ours: Pick<SaidCodec, 'payloadType' | 'fmtp'>,
  rtx?: NegotiatedCodec['rtx'],
): NegotiatedCodec {
  const { row, format } = match;
  return {
    name: row.name,
    encodingName: format.encodingName,
    payloadType: format.payloadType,
    receivePayloadType: ours.payloadType,
    clockRateHz: format.clockRateHz,
    channels: format.channels,
    fmtp: format.fmtp,
    localFmtp: ours.fmtp,
    ...(rtx ? { rtx } : {}),
    h264: negotiatedH264(match, ours.fmtp),
  };
}

/** What of a row's feedback the peer said too. Microsoft's clients say PLI as `x-pli` in a list of their own. */
export function commonFeedback(row: { readonly feedback: readonly string[] }, theirs: readonly string[]): string[] {
  const isXMessage = (value: string): boolean => value.startsWith('x-message ');
  return row.feedback.filter((value) => (isXMessage(value) ? theirs.some(isXMessage) : theirs.includes(value)));
}

/** Feedback that the peer takes, by its own words. */
export function feedbackSupport(theirs: readonly string[]): FeedbackSupport {
  const xMessage = theirs.find((value) => value.startsWith('x-message ')) ?? '';
  const receives = xMessage.split('recv:')[1]?.split(' ')[0]?.split(',') ?? [];
  return {
    pli: theirs.includes('nack pli') || receives.includes('x-pli'),
    fir: theirs.includes('ccm fir'),
    // Parameters may follow (`smaxpr`). @see RFC 5104 §7.1
    tmmbr: theirs.some((value) => /^ccm tmmbr(?: |$)/.test(value)),
    nack: theirs.includes('nack'),
    remb: theirs.includes('goog-remb'),
    transportCc: theirs.includes('transport-cc'),
    videoSource: receives.includes('src'),
  };
}

/** Whether an m-line carries keys of either sort. */
export function keyingOffered(media: MediaDescription, session: SessionDescription): { sdes: boolean; dtls: boolean } {
  const has = (name: string): boolean => attributes(media, name).length > 0;
  return { sdes: has('crypto'), dtls: has('fingerprint') || attributes(session, 'fingerprint').length > 0 };
}
