import type { Bandwidth, Connection, MediaDescription, SessionDescription } from './session-description.ts';

/** Writes a session description, CRLF after every line, in the order that RFC 8866 asks for. @see RFC 8866 §9 */
export function formatSdp(description: SessionDescription): string {
  const { origin } = description;
  const lines = [
    'v=0',
    `o=${origin.username} ${origin.sessionId} ${origin.sessionVersion} IN ${origin.addressType} ${origin.address}`,
    `s=${description.sessionName}`,
    ...connectionLines(description.connection),
    ...bandwidthLines(description.bandwidths),
    ...description.timings.map((timing) => `t=${timing}`),
    ...attributeLines(description),
    ...description.media.flatMap(mediaLines),
  ];
  return `${lines.join('\r\n')}\r\n`;
}

function mediaLines(media: MediaDescription): string[] {
  const port = media.portCount === undefined ? `${media.port}` : `${media.port}/${media.portCount}`;
  return [
    `m=${media.kind} ${port} ${media.protocol} ${media.formats.join(' ')}`,
    ...(media.title === undefined ? [] : [`i=${media.title}`]),
    ...connectionLines(media.connection),
    ...bandwidthLines(media.bandwidths),
    ...attributeLines(media),
  ];
}

function connectionLines(connection: Connection | undefined): string[] {
  if (connection === undefined) return [];
  const suffix = connection.suffix === undefined ? '' : `/${connection.suffix}`;
  return [`c=IN ${connection.addressType} ${connection.address}${suffix}`];
}

function bandwidthLines(bandwidths: readonly Bandwidth[]): string[] {
  return bandwidths.map(({ type, value }) => `b=${type}:${value}`);
}

function attributeLines({ attributes }: Pick<SessionDescription, 'attributes'>): string[] {
  return attributes.map(({ name, value }) => (value === undefined ? `a=${name}` : `a=${name}:${value}`));
}
