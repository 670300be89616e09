/**
 * One header field line. `name` is spelled as received (compact forms too); `value` has one character a byte (latin1), folding undone,
 * surrounding white space removed. A line may hold several values separated by commas: see `headerValues`.
 */
export interface SipHeader {
  readonly name: string;
  readonly value: string;
}

/** What requests and responses share. Header order is the order on the wire. */
export interface SipMessageBase {
  readonly headers: readonly SipHeader[];
  readonly body: Uint8Array;
}

/** @see RFC 3261 §7.1 */
export interface SipRequest extends SipMessageBase {
  readonly kind: 'request';
  readonly method: string;
  /** The Request-URI as received. */
  readonly uri: string;
  /** `SIP/2.0`, or what the peer claimed: `validateRequest` answers 505. */
  readonly version: string;
}

/** @see RFC 3261 §7.2 */
export interface SipResponse extends SipMessageBase {
  readonly kind: 'response';
  /** 100-699. */
  readonly statusCode: number;
  /** One character a byte; UTF-8 text by `unicodeOf`. */
  readonly reasonPhrase: string;
}

export type SipMessage = SipRequest | SipResponse;

/** A parameter `;name` or `;name=value`; `value` as on the wire (quoted strings keep their quotes), undefined for a bare name. */
export interface SipParameter {
  readonly name: string;
  readonly value?: string | undefined;
}

/** A body and its media type, as offers and answers travel. */
export interface SipBody {
  readonly contentType: string;
  readonly body: Uint8Array;
}
