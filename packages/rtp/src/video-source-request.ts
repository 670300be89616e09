import { readUint32, writeUint32 } from './rtp-packet.ts';

/** Whose picture is asked for; every other number is a media source ID of the roster. @see MS-RTP §2.2.12.2 */
export const REQUESTED_SOURCES = { any: 0xffff_fffe, none: 0xffff_ffff } as const;

/** Bits of `aspectRatios`. */
export const ASPECT_RATIOS = { '4:3': 1, '16:9': 2, '1:1': 4, '3:4': 8, '9:16': 16, '20:3': 32 } as const;

/** Bits of `frameRates`. */
export const FRAME_RATES = { '7.5': 1, '12.5': 2, '15': 4, '25': 8, '30': 16, '50': 32, '60': 64 } as const;

/** Bits of `flags`. */
export const REQUEST_FLAGS = {
  rewritesQualityLayers: 1,
  constrainedProfileOnly: 2,
  noSwitchingPictures: 4,
  noSeamlessResolutionChange: 8,
} as const;

/** What a receiver could show in one payload type. */
export interface VideoSourceEntry {
  readonly payloadType: number;
  /** Lync 2013 knows 0 and 1: one base layer, with or without temporal ones. */
  readonly ucConfigMode: number;
  readonly flags: number;
  readonly aspectRatios: number;
  readonly maxWidth: number;
  readonly maxHeight: number;
  readonly minBitrateBps: number;
  readonly bitratePerLevelBps: number;
  /** How many receivers take each level of rate: ten numbers. */
  readonly bitrateHistogram: readonly number[];
  readonly frameRates: number;
  readonly mustInstances: number;
  readonly mayInstances: number;
  /** Eight numbers. */
  readonly qualityHistogram: readonly number[];
  readonly maxPixels: number;
}

/** A Lync client's "send me that picture": without one nothing is sent. Feedback of the application layer, of kind 1. @see MS-RTP §2.2.12.2 */
export interface VideoSourceRequest {
  readonly type: 'video-source-request';
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  /** One of `REQUESTED_SOURCES`, or a media source ID. */
  readonly requestedSource: number;
  /** A repeated number is the same request. 16 bits. */
  readonly requestId: number;
  readonly keyFrame: boolean;
  readonly entries: readonly VideoSourceEntry[];
}

/** A row for what most receivers show: constrained baseline, of usual shapes and rates, no matter how small. */
export function usualEntry(
  payloadType: number,
  { maxWidth, maxHeight, minBitrateBps }: Pick<VideoSourceEntry, 'maxWidth' | 'maxHeight' | 'minBitrateBps'>,
): VideoSourceEntry {
  return {
    payloadType,
    ucConfigMode: 1,
    flags: REQUEST_FLAGS.constrainedProfileOnly,
    aspectRatios: ASPECT_RATIOS['4:3'] | ASPECT_RATIOS['16:9'],
    maxWidth,
    maxHeight,
    minBitrateBps,
    bitratePerLevelBps: 10_000,
    bitrateHistogram: [1],
    frameRates: FRAME_RATES['15'] | FRAME_RATES['30'],
    mustInstances: 0,
    mayInstances: 1,
    qualityHistogram: [1],
    maxPixels: maxWidth * maxHeight,
  };
}

const KIND = 1;
const HEADER_BYTES = 20;
const ENTRY_BYTES = 0x44;
const BITRATE_LEVELS = 10;
const QUALITY_LEVELS = 8;

/** The body from the sender's SSRC on. */
export function formatVideoSourceRequest(request: VideoSourceRequest): Uint8Array {
  const length = HEADER_BYTES + ENTRY_BYTES * request.entries.length;
  const body = new Uint8Array(8 + length);
  writeUint32(body, 0, request.senderSsrc);
  writeUint32(body, 4, request.mediaSsrc);
  writeUint32(body, 8, (KIND << 16) | length);
  writeUint32(body, 12, request.requestedSource);
  writeUint16(body, 16, request.requestId);
  // A version of 0 at 20.
  body[21] = request.keyFrame ? 0x80 : 0;
  body[22] = request.entries.length;
  body[23] = ENTRY_BYTES;
  for (const [index, entry] of request.entries.entries())
    writeEntry(body, 8 + HEADER_BYTES + index * ENTRY_BYTES, entry);
  return body;
}

function writeEntry(body: Uint8Array, at: number, entry: VideoSourceEntry): void {
  body.set([entry.payloadType, entry.ucConfigMode, entry.flags, entry.aspectRatios], at);
  writeUint16(body, at + 4, entry.maxWidth);
  writeUint16(body, at + 6, entry.maxHeight);
  writeUint32(body, at + 8, entry.minBitrateBps);
  writeUint32(body, at + 16, entry.bitratePerLevelBps);
  for (let level = 0; level < BITRATE_LEVELS; level++)
    writeUint16(body, at + 20 + level * 2, entry.bitrateHistogram[level] ?? 0);
  writeUint32(body, at + 40, entry.frameRates);
  writeUint16(body, at + 44, entry.mustInstances);
  writeUint16(body, at + 46, entry.mayInstances);
  for (let level = 0; level < QUALITY_LEVELS; level++)
    writeUint16(body, at + 48 + level * 2, entry.qualityHistogram[level] ?? 0);
  writeUint32(body, at + 64, entry.maxPixels);
}

/** Reads the body from the sender's SSRC on; undefined for other feedback and for one that is shorter than it says. */
export function parseVideoSourceRequest(body: Uint8Array): VideoSourceRequest | undefined {
  if (body.length < 8 + HEADER_BYTES || readUint16(body, 8) !== KIND) return undefined;
  const count = body[22] as number;
  const entryBytes = body[23] as number;
  if (count > 0 && entryBytes < ENTRY_BYTES) return undefined;
  if (8 + HEADER_BYTES + count * entryBytes > body.length) return undefined;
  return {
    type: 'video-source-request',
    senderSsrc: readUint32(body, 0),
    mediaSsrc: readUint32(body, 4),
    requestedSource: readUint32(body, 12),
    requestId: readUint16(body, 16),
    keyFrame: ((body[21] as number) & 0x80) !== 0,
    entries: Array.from({ length: count }, (_, index) => readEntry(body, 8 + HEADER_BYTES + index * entryBytes)),
  };
}

function readEntry(body: Uint8Array, at: number): VideoSourceEntry {
  return {
    payloadType: body[at] as number,
    ucConfigMode: body[at + 1] as number,
    flags: body[at + 2] as number,
    aspectRatios: body[at + 3] as number,
    maxWidth: readUint16(body, at + 4),
    maxHeight: readUint16(body, at + 6),
    minBitrateBps: readUint32(body, at + 8),
    bitratePerLevelBps: readUint32(body, at + 16),
    bitrateHistogram: numbersAt(body, at + 20, BITRATE_LEVELS),
    frameRates: readUint32(body, at + 40),
    mustInstances: readUint16(body, at + 44),
    mayInstances: readUint16(body, at + 46),
    qualityHistogram: numbersAt(body, at + 48, QUALITY_LEVELS),
    maxPixels: readUint32(body, at + 64),
  };
}

function numbersAt(body: Uint8Array, at: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => readUint16(body, at + index * 2));
}

function readUint16(body: Uint8Array, at: number): number {
  return ((body[at] as number) << 8) | (body[at + 1] as number);
}

function writeUint16(body: Uint8Array, at: number, value: number): void {
  body[at] = value >> 8;
  body[at + 1] = value;
}
