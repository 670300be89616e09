import type { IceCredentials } from './ice-part.ts';
import type { OfferBody } from './offer.ts';

/** Why a call did not come about. */
export interface CallRefused {
  readonly ok: false;
  readonly statusCode: number;
  readonly reasonPhrase: string;
  /** `ms-diagnostics`. */
  readonly diagnostics: string | null;
}

/** What came of a call: the far end's description, or why there is none. */
export type Called = { readonly ok: true; readonly answer: string } | CallRefused;

/** How a client's description gets to the far end, and that one's to it. */
export interface ClientSignalling extends AsyncDisposable {
  /** Signs in, and calls with a description. */
  call(sdp: string, credentials: readonly IceCredentials[]): Promise<Called>;
  /** Offers once more, within the call; nothing where it is over. Undefined: it went well. */
  offerAgain(body: OfferBody): Promise<CallRefused | undefined>;
  hangUp(): Promise<void>;
}
