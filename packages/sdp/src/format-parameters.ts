import { attributes } from './attribute.ts';
import { readNumber } from './parse-sdp.ts';
import type { MediaDescription } from './session-description.ts';

/** One payload type of an m-line with what `a=rtpmap` and `a=fmtp` say of it. */
export interface DescribedFormat {
  readonly payloadType: number;
  readonly encodingName: string;
  readonly clockRateHz: number;
  readonly channels: number;
  /** Keys in lower case; a bare token (`0-16`) is a key with an empty value. */
  readonly fmtp: Readonly<Record<string, string>>;
  /** `a=rtcp-fb` values for this payload type or for `*`. */
  readonly feedback: readonly string[];
}

type StaticType = readonly [encodingName: string, clockRateHz: number];

/** Payload types that need no `a=rtpmap`. @see RFC 3551 §6 */
const STATIC_PAYLOAD_TYPES: Readonly<Record<number, StaticType>> = {
  0: ['PCMU', 8000],
  3: ['GSM', 8000],
  4: ['G723', 8000],
  8: ['PCMA', 8000],
  9: ['G722', 8000],
  13: ['CN', 8000],
  15: ['G728', 8000],
  18: ['G729', 8000],
  26: ['JPEG', 90_000],
  31: ['H261', 90_000],
  32: ['MPV', 90_000],
  34: ['H263', 90_000],
};

/** The RTP formats of an m-line in its order; those without a mapping are left out, of a payload type named twice the first counts. */
export function describedFormats(media: MediaDescription): DescribedFormat[] {
  const maps = byPayloadType(media, 'rtpmap');
  const parameters = byPayloadType(media, 'fmtp');
  const feedback = feedbackByPayloadType(media);
  const found = new Map<number, DescribedFormat>();
  for (const format of media.formats) {
    const payloadType = readNumber(format, 127);
    if (payloadType === undefined || found.has(payloadType)) continue;
    const encoding = readEncoding(maps.get(format), payloadType);
    if (encoding === undefined) continue;
    found.set(payloadType, {
      payloadType,
      ...encoding,
      fmtp: parseFormatParameters(parameters.get(format) ?? ''),
      feedback: [...(feedback.get('*') ?? []), ...(feedback.get(format) ?? [])],
    });
  }
  return [...found.values()];
}

function byPayloadType(media: MediaDescription, name: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const value of attributes(media, name)) {
    const [key, rest] = firstWord(value);
    if (!values.has(key)) values.set(key, rest);
  }
  return values;
}

function feedbackByPayloadType(media: MediaDescription): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const value of attributes(media, 'rtcp-fb')) {
    const [key, rest] = firstWord(value);
    const list = values.get(key);
    if (list === undefined) values.set(key, [rest]);
    else list.push(rest);
  }
  return values;
}

function firstWord(value: string): [string, string] {
  const trimmed = value.trim();
  const space = trimmed.indexOf(' ');
  return space === -1 ? [trimmed, ''] : [trimmed.slice(0, space), trimmed.slice(space + 1).trim()];
}

function readEncoding(
  map: string | undefined,
  payloadType: number,
): Pick<DescribedFormat, 'encodingName' | 'clockRateHz' | 'channels'> | undefined {
  if (map === undefined) {
    const known = STATIC_PAYLOAD_TYPES[payloadType];
    return known === undefined ? undefined : { encodingName: known[0], clockRateHz: known[1], channels: 1 };
  }
  const [encodingName, clockRate, channelCount] = map.split('/');
  const clockRateHz = readNumber(clockRate, 1_000_000_000);
  const channels = channelCount === undefined ? 1 : readNumber(channelCount, 255);
  if (encodingName === undefined || encodingName === '' || clockRateHz === undefined || channels === undefined) {
    return undefined;
  }
  return { encodingName, clockRateHz, channels };
}

/** `a=1; b=2` as a record. Of a key that is given twice the first counts. */
export function parseFormatParameters(text: string): Record<string, string> {
  const parameters = new Map<string, string>();
  for (const part of text.split(';')) {
    const equals = part.indexOf('=');
    const key = (equals === -1 ? part : part.slice(0, equals)).trim();
    if (key === '') continue;
    const name = equals === -1 ? key : key.toLowerCase();
    if (!parameters.has(name)) parameters.set(name, equals === -1 ? '' : part.slice(equals + 1).trim());
  }
  return Object.fromEntries(parameters);
}

/** The twin of `parseFormatParameters`, joined with `;` alone: some rooms do not read `; `. */
export function formatFormatParameters(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([key, value]) => (value === '' ? key : `${key}=${value}`))
    .join(';');
}
