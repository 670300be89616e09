import type { CodecCapability } from './capabilities.ts';
import { formatCryptoAttribute } from './crypto-attribute.ts';
import { formatFormatParameters } from './format-parameters.ts';
import { formatCandidate } from './ice-attributes.ts';
import { addressTypeOf } from './ip-address.ts';
import type { LocalMedia, LocalSession } from './local-session.ts';
import type { DtlsSetup } from './negotiated-media.ts';
import type { SdesKey } from './sdes-key.ts';
import type { Attribute, Bandwidth, Direction, SessionDescription } from './session-description.ts';
import { sequenceNumberMapping } from './transport-wide.ts';

/** A codec as one of our m-lines says it. */
export interface SaidCodec {
  readonly row: Pick<CodecCapability, 'encodingName' | 'clockRateHz' | 'channels'>;
  readonly payloadType: number;
  readonly fmtp: Readonly<Record<string, string>>;
  readonly feedback: readonly string[];
}

/** `a=` lines of our side for one m-line: each concern is a function, an m-line is a list of them. */
export function said(name: string, value?: string | number): Attribute {
  return value === undefined ? { name } : { name, value: `${value}` };
}

/** Retransmissions, as an m-line says them. @see RFC 4588 §8.6 */
const RTX = { encodingName: 'rtx', clockRateHz: 90_000, channels: 1 } as const;

export function rtxOf(payloadType: number, codec: Pick<SaidCodec, 'payloadType'>): SaidCodec {
  return { row: RTX, payloadType, fmtp: { apt: `${codec.payloadType}` }, feedback: [] };
}

export function codecAttributes(codecs: readonly SaidCodec[]): Attribute[] {
  return codecs.flatMap(({ row, payloadType, fmtp, feedback }) => {
    const channels = row.channels === 1 ? '' : `/${row.channels}`;
    const parameters = formatFormatParameters(fmtp);
    return [
      said('rtpmap', `${payloadType} ${row.encodingName}/${row.clockRateHz}${channels}`),
      ...(parameters === '' ? [] : [said('fmtp', `${payloadType} ${parameters}`)]),
      ...feedback.map((value) => said('rtcp-fb', `${payloadType} ${value}`)),
    ];
  });
}

/** @see RFC 8285 §5 */
export function extensionAttributes(sequenceNumberId: number | undefined): Attribute[] {
  return sequenceNumberId === undefined ? [] : [said('extmap', sequenceNumberMapping(sequenceNumberId))];
}

export function transportAttributes(local: LocalMedia, address: string, rtcpMux: boolean): Attribute[] {
  if (rtcpMux) return [said('rtcp', `${local.rtpPort} IN ${addressTypeOf(address)} ${address}`), said('rtcp-mux')];
  const rtcpPort = local.rtcpPort ?? local.rtpPort + 1;
  return rtcpPort === local.rtpPort + 1 ? [] : [said('rtcp', `${rtcpPort} IN ${addressTypeOf(address)} ${address}`)];
}

export function cryptoAttributes(keys: readonly SdesKey[]): Attribute[] {
  return keys.map((key) => said('crypto', formatCryptoAttribute(key)));
}

export function dtlsAttributes(local: LocalMedia, setup: DtlsSetup): Attribute[] {
  if (local.dtls === undefined) return [];
  const { algorithm, value } = local.dtls.fingerprint;
  return [said('fingerprint', `${algorithm} ${value}`), said('setup', setup)];
}

/** Candidates belong to the transport, so in a bundle only its first m-line says them. */
export function iceAttributes(local: LocalMedia, withCandidates: boolean): Attribute[] {
  if (local.ice === undefined) return [];
  const { ufrag, pwd, candidates } = local.ice;
  const credentials = [said('ice-ufrag', ufrag), said('ice-pwd', pwd)];
  if (!withCandidates) return credentials;
  return [
    ...credentials,
    ...candidates.map((candidate) => said('candidate', formatCandidate(candidate))),
    said('end-of-candidates'),
  ];
}

export function streamAttributes(local: LocalMedia, direction: Direction, codecs: readonly SaidCodec[]): Attribute[] {
  const sends = direction === 'sendrecv' || direction === 'sendonly';
  const rtxSsrc = codecs.some(({ row }) => row === RTX) ? local.rtxSsrc : undefined;
  const streams = [local.ssrc, rtxSsrc].filter((ssrc) => ssrc !== undefined);
  return [
    said(direction),
    ...(local.ptimeMs === undefined ? [] : [said('ptime', local.ptimeMs)]),
    ...(local.label === undefined ? [] : [said('label', local.label)]),
    ...(local.content === undefined ? [] : [said('content', local.content)]),
    ...(local.msid === undefined || !sends ? [] : [said('msid', local.msid)]),
    // Which stream repairs which. @see RFC 5576 §4.2, RFC 4588 §8.9
    ...(sends && streams.length === 2 ? [said('ssrc-group', `FID ${streams.join(' ')}`)] : []),
    ...(sends ? streams.map((ssrc) => said('ssrc', `${ssrc} cname:${local.cname ?? local.ssrc?.toString(36)}`)) : []),
    ...(local.attributes ?? []),
  ];
}

export function bandwidthsOf(of: { readonly bandwidthBps?: number }): Bandwidth[] {
  if (of.bandwidthBps === undefined) return [];
  return [{ type: 'AS', value: Math.ceil(of.bandwidthBps / 1000) }];
}

/** The session part of our descriptions. */
export function localSessionPart(
  local: LocalSession,
  bundledMids: readonly string[],
  isLite: boolean,
): Omit<SessionDescription, 'media'> {
  const addressType = addressTypeOf(local.address);
  const { username = '-', sessionId, sessionVersion } = local.origin;
  return {
    origin: { username, sessionId, sessionVersion: `${sessionVersion}`, addressType, address: local.address },
    sessionName: local.sessionName ?? '-',
    connection: { addressType, address: local.address },
    bandwidths: bandwidthsOf(local),
    timings: ['0 0'],
    attributes: [
      ...(isLite ? [said('ice-lite')] : []),
      ...(bundledMids.length === 0 ? [] : [said('group', `BUNDLE ${bundledMids.join(' ')}`)]),
      ...(local.attributes ?? []),
    ],
  };
}
