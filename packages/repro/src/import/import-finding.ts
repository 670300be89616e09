/** What an import has to say of a capture: why there is no call in it, or what of a call could not be kept. */
export interface ImportFinding {
  readonly code:
    | 'no-capture'
    | 'no-packets'
    | 'damaged'
    | 'fragments-missing'
    | 'no-sip'
    | 'encrypted'
    | 'unreadable-message'
    | 'no-call'
    | 'incomplete-call'
    | 'other-calls'
    | 'credentials'
    | 'srtp'
    | 'no-media'
    | 'candidates'
    | 'other-hops';
  /** `error`: there is nothing to play. */
  readonly level: 'error' | 'warning' | 'note';
  readonly text: string;
}
