import type { ParseFault, Result } from '@plugfest/model';
import type { Capabilities, CodecCapability } from './capabilities.ts';
import type { LocalSession } from './local-session.ts';
import type { NegotiatedMedia, NegotiationFault } from './negotiated-media.ts';
import type { MediaDescription, SessionDescription } from './session-description.ts';

export declare function parseSdp(text: string): Result<SessionDescription, ParseFault>;
export declare function formatSdp(description: SessionDescription): string;
/** Value of the first `a=name` (`''` for a bare one), or undefined. */
export declare function attribute(of: SessionDescription | MediaDescription, name: string): string | undefined;
export declare function attributes(of: SessionDescription | MediaDescription, name: string): string[];

/** Rows: H264_MODE_1, H264_MODE_0, VP8, OPUS, ... in CODECS; CAPABILITIES is everything. */
export declare const CODECS: Readonly<
  Record<
    'h264Mode1' | 'h264Mode0' | 'h264uc' | 'vp8' | 'opus' | 'g722' | 'pcmu' | 'pcma' | 'telephoneEvent',
    CodecCapability
  >
>;
export declare const FULL_CAPABILITIES: Capabilities;

export declare function createOffer(capabilities: Capabilities, local: LocalSession): SessionDescription;
export interface Answered {
  readonly answer: SessionDescription;
  /** Accepted m-lines only. */
  readonly media: readonly NegotiatedMedia[];
  readonly rejected: readonly { readonly index: number; readonly reason: string }[];
}
/** Also for re-offers: pass the same local data again, with `sessionVersion` one higher. */
export declare function answerOffer(
  offer: SessionDescription,
  capabilities: Capabilities,
  local: LocalSession,
): Result<Answered, NegotiationFault>;
/** What was agreed, seen from the side that made the offer. `capabilities` and `local` are what `createOffer` was given. */
export declare function applyAnswer(
  offer: SessionDescription,
  answer: SessionDescription,
  capabilities: Capabilities,
  local: LocalSession,
): Result<NegotiatedMedia[], NegotiationFault>;
