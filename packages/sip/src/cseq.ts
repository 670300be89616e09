/** @see RFC 3261 §20.16 */
export interface CSeq {
  /** Below 2^32 on the wire; ours stay below 2^31. */
  readonly number: number;
  readonly method: string;
}
