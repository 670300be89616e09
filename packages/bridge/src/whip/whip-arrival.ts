import type { Signalling } from '../conference/participant.ts';

/** Somebody without SIP who wants to come in. */
export interface WhipArrival {
  /** To speak and be seen, or to look on. */
  readonly signalling: Exclude<Signalling, 'sip'>;
  readonly room: string;
  /** SDP, as it came. */
  readonly offer: string;
  /** Its sessions of one address are one person's; without one it is nobody else's. */
  readonly uri: string | undefined;
  readonly displayName: string | undefined;
  readonly pin: string | undefined;
  /** What the program says of itself. */
  readonly userAgent: string;
}

/** Why nothing came of a request, in HTTP's numbers. */
export interface WhipRefusal {
  readonly status: number;
  readonly text: string;
  /** When trying again makes sense. */
  readonly retryAfterS?: number;
}
