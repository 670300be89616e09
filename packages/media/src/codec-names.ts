export type VideoCodecName = 'h264' | 'vp8' | 'vp9' | 'av1' | 'h263';
export type AudioCodecName = 'opus' | 'g722' | 'pcmu' | 'pcma';

/** RTP clock rates; G.722's is 8000 although it samples at 16 kHz. @see RFC 3551 §4.5.2 */
export const RTP_CLOCK_RATE_HZ: Record<AudioCodecName | VideoCodecName, number> = {
  opus: 48_000,
  g722: 8_000,
  pcmu: 8_000,
  pcma: 8_000,
  h264: 90_000,
  vp8: 90_000,
  vp9: 90_000,
  av1: 90_000,
  h263: 90_000,
};

/** Everything that the harness mixes, plays and measures is 48 kHz mono in ticks of 20 ms. */
export const SAMPLE_RATE_HZ = 48_000;
export const TICK_SAMPLES = 960;
export const TICK_US = 20_000;
