import { type Exchange, NoEvidence } from '@plugfest/probe';
import {
  attribute,
  type MediaDescription,
  parseCryptoAttribute,
  type SdesKey,
  type SessionDescription,
} from '@plugfest/sdp';

/** What is wrong where a call is refused, or its sound is. */
export function soundIsTaken(exchange: Exchange): string | undefined {
  const { statusCode } = exchange.final('INVITE');
  if (statusCode >= 300) return `the INVITE is answered ${statusCode}`;
  return audioOf(exchange.answer()).port === 0 ? 'the audio line is answered with port 0' : undefined;
}

/** @throws {NoEvidence} where there is no audio line */
export function audioOf({ media }: SessionDescription): MediaDescription {
  const audio = media.find(({ kind }) => kind === 'audio');
  if (!audio) throw new NoEvidence('no audio line in the answer');
  return audio;
}

/** The key that a line is answered with. @throws {NoEvidence} where it has none that can be read */
export function keyOf(media: MediaDescription): SdesKey {
  const parsed = parseCryptoAttribute(attribute(media, 'crypto') ?? '');
  if (!parsed.ok) throw new NoEvidence(`no key in the answer: ${parsed.error}`);
  return parsed.value;
}

/** The encodings of a line's formats, as its rtpmap lines say: `opus/48000/2`. */
export function encodingsOf({ attributes, formats }: MediaDescription): string[] {
  return formats.flatMap((format) => {
    const map = attributes.find(({ name, value }) => name === 'rtpmap' && value?.startsWith(`${format} `));
    return map?.value?.split(' ')[1] ?? [];
  });
}

/** The value of an attribute of a format: `fmtp` or `rtpmap`. */
export function ofFormat(
  { attributes }: MediaDescription,
  name: 'fmtp' | 'rtpmap',
  payloadType: string | number,
): string {
  const values = attributes.flatMap((one) => (one.name === name && one.value !== undefined ? [one.value] : []));
  return values.find((value) => value.startsWith(`${payloadType} `))?.slice(`${payloadType} `.length) ?? '';
}

/** Of the audio line, `sendrecv` where it is not said. */
export function directionOf(description: SessionDescription): string {
  const said = [...audioOf(description).attributes, ...description.attributes].map(({ name }) => name);
  return said.find((name) => /^(sendonly|recvonly|inactive|sendrecv)$/.test(name)) ?? 'sendrecv';
}
