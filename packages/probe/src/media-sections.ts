import type { SessionDescription } from '@plugfest/sdp';

/** One m-line of a description as text: first the m-line without its port (`audio RTP/AVP 0`), then what belongs to it. Port 0 is written `audio=0 …`. */
export type MediaSection = readonly [mLine: string, ...lines: string[]];

export interface DescriptionOptions {
  /** Lines of the session, after `t=`. */
  readonly session?: readonly string[];
  readonly connection?: string;
}

/** A description of these sections, each on the port of its place. */
export function describe(
  sections: readonly MediaSection[],
  ports: readonly number[],
  version: number,
  { session = [], connection = '127.0.0.1' }: DescriptionOptions = {},
): string {
  const lines = sections.flatMap(([mLine, ...rest], at) => {
    const [kind = '', ...more] = mLine.split(' ');
    const [name, isOff] = kind.split('=');
    return [`m=${name} ${isOff === '0' ? 0 : ports[at]} ${more.join(' ')}`, ...rest];
  });
  const head = ['v=0', `o=- 1 ${version} IN IP4 127.0.0.1`, 's=-', `c=IN IP4 ${connection}`, 't=0 0', ...session];
  return `${[...head, ...lines].join('\r\n')}\r\n`;
}

/** G.711 μ-law, with telephone-event as PT 101. */
export const PCMU: MediaSection = [
  'audio RTP/AVP 0 101',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
];

/** An audio line of one dynamic format, with what more belongs to it. */
export function audio(payloadType: number, encoding: string, ...lines: string[]): MediaSection {
  return [`audio RTP/AVP ${payloadType}`, `a=rtpmap:${payloadType} ${encoding}`, ...lines];
}

/** A video line of H.264 alone. `fmtp` undefined: no such line. */
export function h264(
  fmtp: string | undefined,
  { payloadType = 97, protocol = 'RTP/AVPF', lines = ['a=rtcp-fb:* nack pli'] } = {},
): MediaSection {
  return [
    `video ${protocol} ${payloadType}`,
    `a=rtpmap:${payloadType} H264/90000`,
    ...(fmtp === undefined ? [] : [`a=fmtp:${payloadType} ${fmtp}`]),
    ...lines,
  ];
}

export const H264_MODE_1 = 'packetization-mode=1;profile-level-id=42e01f';

/** The answer to a description: per kind what is taken, in the offer's profile, all other lines off. */
export function answerTo(
  { media }: SessionDescription,
  taken: Readonly<Partial<Record<'audio' | 'video', MediaSection>>>,
): MediaSection[] {
  const left = { ...taken };
  return media.map(({ kind, protocol, formats }): MediaSection => {
    const section = kind === 'audio' || kind === 'video' ? left[kind] : undefined;
    if (!section) return [`${kind}=0 ${protocol} ${formats.join(' ')}`];
    delete left[kind as 'audio' | 'video'];
    const [mLine, ...lines] = section;
    return [mLine.replace(/ \S+/, ` ${protocol}`), ...lines];
  });
}
