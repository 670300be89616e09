import { DEFAULT_CONNECTION, equipmentImpairment, longDelay, mosOfRating } from './transmission-rating.ts';

/** The rating of an undisturbed wideband connection; the scale goes on from that of narrowband, where it would be 100. */
const UNDISTURBED = 129;
const SCALE = 1.29;

/** What the wideband model is asked about: noise, loudness and echo stay at their defaults. */
export interface WidebandConnection {
  /** Equipment impairment factor of the wideband codec, and its packet-loss robustness. @see ITU-T G.113 appendix IV */
  readonly equipment: number;
  readonly robustness: number;
  readonly lossPercent: number;
  readonly burstRatio: number;
  readonly absoluteDelayMs: number;
  readonly advantage: number;
}

/** The transmission rating R of a wideband connection: 129 by default. @see ITU-T G.107.1 §7 */
export function widebandRating(known: Partial<WidebandConnection> = {}): number {
  const c = { ...DEFAULT_CONNECTION, ...known };
  return UNDISTURBED - longDelay(c) - equipmentImpairment(c) + c.advantage;
}

/** MOS-CQE of a wideband rating, on the scale of wideband listeners. @see ITU-T G.107.1 §7 and G.107 annex B */
export function mosOfWidebandRating(rating: number): number {
  return mosOfRating(rating / SCALE);
}
