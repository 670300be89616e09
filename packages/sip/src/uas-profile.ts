import type { SipHeader } from './message.ts';

/** What a UAS can do: what `validateRequest` measures a request against. */
export interface UasProfile {
  readonly methods: readonly string[];
  /** Methods for the Allow of a 501 (default: `methods`). */
  readonly allow?: readonly string[];
  /** Option tags that Require may name. */
  readonly extensions: readonly string[];
  /** Media types of offers and answers, with their subtypes. */
  readonly mediaTypes: readonly string[];
  readonly uriSchemes: readonly string[];
}

export const DEFAULT_UAS_PROFILE: UasProfile = {
  methods: [
    'INVITE',
    'ACK',
    'BYE',
    'CANCEL',
    'OPTIONS',
    'INFO',
    'UPDATE',
    'MESSAGE',
    'REGISTER',
    'SUBSCRIBE',
    'NOTIFY',
    'REFER',
    'PUBLISH',
    'PRACK',
  ],
  extensions: [],
  mediaTypes: ['application/sdp', 'multipart/alternative', 'multipart/mixed', 'multipart/related'],
  uriSchemes: ['sip', 'sips'],
};

/** Why a request is refused, with the headers that the refusal must carry. */
export interface RequestRefusal {
  readonly statusCode: number;
  readonly reasonPhrase: string;
  readonly section: string;
  readonly headers: readonly SipHeader[];
}
