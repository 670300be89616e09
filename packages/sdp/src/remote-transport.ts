import { attribute, words } from './attribute.ts';
import type { RemoteTransport } from './negotiated-media.ts';
import { readNumber } from './parse-sdp.ts';
import type { MediaDescription, SessionDescription } from './session-description.ts';

/** Where a description wants its media; undefined where it has no `c=`. `a=rtcp` may move RTCP elsewhere. @see RFC 3605 */
export function remoteTransport(
  media: MediaDescription,
  session: SessionDescription,
  rtcpMux: boolean,
): RemoteTransport | undefined {
  const connection = media.connection ?? session.connection;
  if (connection === undefined) return undefined;
  const rtpPort = media.port;
  const [portText] = words(attribute(media, 'rtcp') ?? '');
  const rtcpPort = rtcpMux ? rtpPort : (readNumber(portText, 65_535) ?? Math.min(rtpPort + 1, 65_535));
  return { address: connection.address, rtpPort, rtcpPort };
}

/** What an m-line, else its session, may be sent: `b=TIAS` before `b=AS`. @see RFC 3890 */
export function describedBandwidthBps(media: MediaDescription, session: SessionDescription): number | undefined {
  for (const { bandwidths } of [media, session]) {
    const tias = bandwidths.find(({ type }) => type === 'TIAS');
    if (tias !== undefined) return tias.value;
    const as = bandwidths.find(({ type }) => type === 'AS');
    if (as !== undefined) return as.value * 1000;
  }
  return undefined;
}
