/** H.264 profiles that a `profile-level-id` can mean. @see RFC 6184 §8.1, Table 5 */
export type H264Profile =
  | 'constrained-baseline'
  | 'baseline'
  | 'extended'
  | 'main'
  | 'constrained-high'
  | 'progressive-high'
  | 'high'
  | 'high-10'
  | 'high-4:2:2'
  | 'high-4:4:4-predictive';

/** A `profile-level-id` by meaning. */
export interface H264ProfileLevel {
  readonly profile: H264Profile;
  /** Times ten: 31 is level 3.1. Level 1b is 9, below level 1.1 and above level 1 in what it may carry. */
  readonly level: number;
  /** The first four digits as given: profile_idc and constraint flags, for an answer that must keep the profile. */
  readonly profileDigits: string;
}

/** Which value of profile_idc (first byte) under which constraint flags (mask, value) is which profile; the first row that fits counts. */
const PROFILE_ROWS: readonly (readonly [idc: number, mask: number, value: number, profile: H264Profile])[] = [
  [0x42, 0b0100_0000, 0b0100_0000, 'constrained-baseline'],
  [0x4d, 0b1000_0000, 0b1000_0000, 'constrained-baseline'],
  [0x58, 0b1100_0000, 0b1100_0000, 'constrained-baseline'],
  [0x42, 0b0100_0000, 0b0000_0000, 'baseline'],
  [0x58, 0b1100_0000, 0b1000_0000, 'baseline'],
  [0x4d, 0b1000_0000, 0b0000_0000, 'main'],
  [0x58, 0b1100_0000, 0b0000_0000, 'extended'],
  [0x64, 0b0000_1100, 0b0000_1100, 'constrained-high'],
  [0x64, 0b0000_1100, 0b0000_1000, 'progressive-high'],
  [0x64, 0b0000_0000, 0b0000_0000, 'high'],
  [0x6e, 0b0000_0000, 0b0000_0000, 'high-10'],
  [0x7a, 0b0000_0000, 0b0000_0000, 'high-4:2:2'],
  [0xf4, 0b0000_0000, 0b0000_0000, 'high-4:4:4-predictive'],
];

const LEVEL_1B = 9;
const CONSTRAINT_SET_3 = 0b0001_0000;

/** What is meant where the parameter is absent: Baseline, level 1. @see RFC 6184 §8.1 */
export const DEFAULT_PROFILE_LEVEL: H264ProfileLevel = { profile: 'baseline', level: 10, profileDigits: '4200' };

/**
 * Reads a `profile-level-id`; undefined where it is not one. Five digits (old TANDBERG endpoints say `4280D`) are read as if the level's
 * leading zero were there.
 */
export function parseProfileLevelId(text: string): H264ProfileLevel | undefined {
  const digits = text.length === 5 ? `${text.slice(0, 4)}0${text.slice(4)}` : text;
  if (digits.length !== 6 || !/^[0-9a-fA-F]{6}$/.test(digits)) return undefined;
  const idc = Number.parseInt(digits.slice(0, 2), 16);
  const flags = Number.parseInt(digits.slice(2, 4), 16);
  const levelIdc = Number.parseInt(digits.slice(4, 6), 16);
  const row = PROFILE_ROWS.find(([rowIdc, mask, value]) => rowIdc === idc && (flags & mask) === value);
  if (row === undefined || levelIdc === 0) return undefined;
  const isBaseFamily = idc === 0x42 || idc === 0x4d || idc === 0x58;
  const is1b = isBaseFamily && levelIdc === 11 && (flags & CONSTRAINT_SET_3) !== 0;
  return { profile: row[3], level: is1b ? LEVEL_1B : levelIdc, profileDigits: digits.slice(0, 4).toLowerCase() };
}

/** Writes the id for a profile's digits at a level, setting or clearing constraint_set3 where level 1b needs it. */
export function formatProfileLevelId(profileDigits: string, level: number): string {
  const idc = Number.parseInt(profileDigits.slice(0, 2), 16);
  const flags = Number.parseInt(profileDigits.slice(2, 4), 16);
  const isBaseFamily = idc === 0x42 || idc === 0x4d || idc === 0x58;
  const is1bByFlag = isBaseFamily && level === LEVEL_1B;
  const newFlags = isBaseFamily ? (is1bByFlag ? flags | CONSTRAINT_SET_3 : flags & ~CONSTRAINT_SET_3) : flags;
  return [idc, newFlags, is1bByFlag ? 11 : level].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Order of levels by what they may carry: 1, 1b, 1.1, … */
export function levelRank(level: number): number {
  return level === LEVEL_1B ? 10.5 : level;
}

/** The lower of two levels. */
export function lowerLevel(a: number, b: number): number {
  return levelRank(a) <= levelRank(b) ? a : b;
}

/** Macroblocks a second, macroblocks a picture, kbit/s. @see ITU-T H.264 Table A-1 */
const LEVEL_LIMITS: readonly (readonly [level: number, maxMbps: number, maxFs: number, maxBrKbps: number])[] = [
  [10, 1_485, 99, 64],
  [9, 1_485, 99, 128],
  [11, 3_000, 396, 192],
  [12, 6_000, 396, 384],
  [13, 11_880, 396, 768],
  [20, 11_880, 396, 2_000],
  [21, 19_800, 792, 4_000],
  [22, 20_250, 1_620, 4_000],
  [30, 40_500, 1_620, 10_000],
  [31, 108_000, 3_600, 14_000],
  [32, 216_000, 5_120, 20_000],
  [40, 245_760, 8_192, 20_000],
  [41, 245_760, 8_192, 50_000],
  [42, 522_240, 8_704, 50_000],
  [50, 589_824, 22_080, 135_000],
  [51, 983_040, 36_864, 240_000],
  [52, 2_073_600, 36_864, 240_000],
];

export interface H264LevelLimits {
  readonly maxMacroblocksPerSecond: number;
  readonly maxFrameSizeMacroblocks: number;
  readonly maxBitrateBps: number;
}

/** What a level may carry; a level that is not in the table counts as the next lower one. */
export function levelLimits(level: number): H264LevelLimits {
  const row = LEVEL_LIMITS.findLast(([each]) => levelRank(each) <= levelRank(level)) ?? LEVEL_LIMITS[0];
  const [, maxMacroblocksPerSecond, maxFrameSizeMacroblocks, maxBitrateKbps] = row as (typeof LEVEL_LIMITS)[number];
  return { maxMacroblocksPerSecond, maxFrameSizeMacroblocks, maxBitrateBps: maxBitrateKbps * 1000 };
}
