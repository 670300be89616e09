import type { Capabilities, CodecCapability, CodecName } from './capabilities.ts';
import type { DescribedFormat } from './format-parameters.ts';
import {
  DEFAULT_PROFILE_LEVEL,
  formatProfileLevelId,
  type H264Profile,
  type H264ProfileLevel,
  levelLimits,
  lowerLevel,
  parseProfileLevelId,
} from './h264-profile.ts';
import type { NegotiatedH264 } from './negotiated-media.ts';
import { readNumber } from './parse-sdp.ts';

/** A format of the peer's and the row of ours that it fits. */
export interface CodecMatch {
  readonly row: CodecCapability;
  readonly format: DescribedFormat;
}

/**
 * Profiles that we take: what we send is always constrained baseline, which decoders of every one of these read, and our decoder reads them all.
 * In order of preference among formats that differ in nothing else.
 */
const ACCEPTED_PROFILES: readonly H264Profile[] = [
  'constrained-baseline',
  'baseline',
  'main',
  'constrained-high',
  'progressive-high',
  'high',
];

/** X-H264UC carries no level; what a Lync client takes of AVC is 720p at 30. */
const H264UC_LEVEL: H264ProfileLevel = { profile: 'constrained-baseline', level: 31, profileDigits: '42c0' };

type FitRule = (row: CodecCapability, format: DescribedFormat) => boolean;

/** What has to fit besides name, clock rate and channels. */
const FIT_RULES: Partial<Record<CodecName, FitRule>> = {
  h264: (row, format) => {
    const profile = profileOf(format);
    const isKnown = profile !== undefined && ACCEPTED_PROFILES.includes(profile.profile);
    return isKnown && packetizationMode(format.fmtp) === packetizationMode(row.fmtp);
  },
  // Profile 0, 8 bits of 4:2:0, is what every decoder reads. @see RFC 9628 §6.1
  vp9: (_row, { fmtp }) => (fmtp['profile-id'] ?? '0') === '0',
  // The main profile, 8 or 10 bits of 4:2:0. @see RTP Payload Format For AV1 §7.2.1
  av1: (_row, { fmtp }) => (fmtp.profile ?? '0') === '0',
  // Lync's only mode; what differs is not AVC in one stream.
  'x-h264uc': (_row, format) => (format.fmtp['mst-mode'] ?? 'NI-TC').toUpperCase() === 'NI-TC',
};

/** Whether a format is the codec of a row. */
export function fits(row: CodecCapability, format: DescribedFormat): boolean {
  return (
    row.encodingName.toLowerCase() === format.encodingName.toLowerCase() &&
    row.clockRateHz === format.clockRateHz &&
    row.channels === format.channels &&
    (FIT_RULES[row.name]?.(row, format) ?? true)
  );
}

/** What both sides know of a media kind, telephone-events left out, best first by the preference that the capabilities name. */
export function matchCodecs(
  formats: readonly DescribedFormat[],
  rows: readonly CodecCapability[],
  preference: Capabilities['preference'],
): CodecMatch[] {
  const media = rows.filter((row) => row.name !== 'telephone-event');
  if (preference === 'local') {
    return media.flatMap((row) => {
      const fitting = formats.filter((format) => fits(row, format));
      return fitting.sort((a, b) => profileRank(a) - profileRank(b)).map((format) => ({ row, format }));
    });
  }
  return formats.flatMap((format) => {
    const row = media.find((each) => fits(each, format));
    return row === undefined ? [] : [{ row, format }];
  });
}

/** An m-line may carry nothing but these. @see RFC 4317 §2.4 */
export function isTelephoneEvent({ encodingName }: Pick<DescribedFormat, 'encodingName'>): boolean {
  return encodingName.toLowerCase() === 'telephone-event';
}

/** Telephone-events on the clock of the audio codec; at 8000 Hz where the peer has none on that clock. @see RFC 4733 §2.1 */
export function matchTelephoneEvent(
  formats: readonly DescribedFormat[],
  rows: readonly CodecCapability[],
  clockRateHz: number,
): CodecMatch | undefined {
  const matches = rows
    .filter((row) => row.name === 'telephone-event')
    .flatMap((row) => formats.filter((format) => fits(row, format)).map((format) => ({ row, format })));
  const onClock = (rate: number): CodecMatch | undefined => matches.find(({ row }) => row.clockRateHz === rate);
  return onClock(clockRateHz) ?? onClock(8000);
}

/** Absent means 0; 2 (interleaved) is no mode of ours. @see RFC 6184 §8.1 */
export function packetizationMode(fmtp: Readonly<Record<string, string>>): number {
  const text = fmtp['packetization-mode'];
  return text === undefined ? 0 : (readNumber(text, 2) ?? -1);
}

function profileOf({ fmtp }: Pick<DescribedFormat, 'fmtp'>): H264ProfileLevel | undefined {
  const id = fmtp['profile-level-id'];
  return id === undefined ? DEFAULT_PROFILE_LEVEL : parseProfileLevelId(id);
}

function profileRank(format: DescribedFormat): number {
  const profile = format.encodingName.toUpperCase() === 'H264' ? profileOf(format)?.profile : undefined;
  return profile === undefined ? 0 : ACCEPTED_PROFILES.indexOf(profile);
}

const allowsAsymmetry = (fmtp: Readonly<Record<string, string>>): boolean => fmtp['level-asymmetry-allowed'] === '1';

/**
 * Our `a=fmtp` in an answer. H.264 keeps the offered profile, which both directions share; the level is ours where both sides allow
 * asymmetry, else the lower one. @see RFC 6184 §8.2.2
 */
export function answerParameters({ row, format }: CodecMatch): Readonly<Record<string, string>> {
  if (row.name !== 'h264') return row.fmtp;
  const theirs = profileOf(format) ?? DEFAULT_PROFILE_LEVEL;
  const ours = profileOf(row) ?? DEFAULT_PROFILE_LEVEL;
  const isAsymmetric = allowsAsymmetry(format.fmtp) && allowsAsymmetry(row.fmtp);
  const level = isAsymmetric ? ours.level : lowerLevel(ours.level, theirs.level);
  const { 'level-asymmetry-allowed': asymmetry, ...rest } = row.fmtp;
  const parameters = { ...rest, 'profile-level-id': formatProfileLevelId(theirs.profileDigits, level) };
  return isAsymmetric && asymmetry !== undefined ? { ...parameters, 'level-asymmetry-allowed': asymmetry } : parameters;
}

/** How to send H.264 to a peer that described `format`, when we described `localFmtp`. */
export function negotiatedH264(
  { row, format }: CodecMatch,
  localFmtp: Readonly<Record<string, string>>,
): NegotiatedH264 | undefined {
  if (row.name !== 'h264' && row.name !== 'x-h264uc') return undefined;
  const theirs = row.name === 'x-h264uc' ? H264UC_LEVEL : (profileOf(format) ?? DEFAULT_PROFILE_LEVEL);
  const isSymmetric = row.name === 'h264' && !(allowsAsymmetry(format.fmtp) && allowsAsymmetry(localFmtp));
  const ours = profileOf({ fmtp: localFmtp }) ?? DEFAULT_PROFILE_LEVEL;
  const level = isSymmetric ? lowerLevel(theirs.level, ours.level) : theirs.level;
  const limits = levelLimits(level);
  const raised = (key: string, floor: number, unit = 1): number =>
    Math.max(floor, (readNumber(format.fmtp[key], 1e9) ?? 0) * unit);
  return {
    packetizationMode: packetizationMode(format.fmtp) === 1 && packetizationMode(localFmtp) === 1 ? 1 : 0,
    profile: theirs.profile,
    sendLevel: level,
    maxFrameSizeMacroblocks: raised('max-fs', limits.maxFrameSizeMacroblocks),
    maxMacroblocksPerSecond: raised('max-mbps', limits.maxMacroblocksPerSecond),
    maxBitrateBps: raised('max-br', limits.maxBitrateBps, 1000),
  };
}
