/** A dialog's state, immutable: functions return the next one. @see RFC 3261 §12 */
export interface Dialog {
  readonly role: 'uac' | 'uas';
  readonly callId: string;
  readonly localTag: string;
  /** Empty when an RFC 2543 peer sent none. */
  readonly remoteTag: string;
  /** The From/To header values (name-addr and tag) to put into our requests. */
  readonly local: string;
  readonly remote: string;
  /** URI of the peer's Contact: Request-URI of our requests. */
  readonly remoteTarget: string;
  /** Route headers, first hop first. */
  readonly routeSet: readonly string[];
  readonly localSequence: number;
  readonly remoteSequence: number | undefined;
  readonly early: boolean;
  readonly secure: boolean;
}
