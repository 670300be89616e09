/** Where a dialog stands with its offers and INVITEs. */
export interface OfferState {
  /** Whose offer lacks its answer. */
  readonly pendingOffer: 'ours' | 'theirs' | undefined;
  /** An INVITE (not UPDATE) of ours has no final response. */
  readonly inviting: boolean;
  /** An INVITE or UPDATE of the peer has no final response. */
  readonly answering: boolean;
}

/** What a request of the peer wants to begin. */
export type Proposal = 'invite' | 'update-with-offer' | 'update';

interface GlareRow {
  readonly proposal: readonly Proposal[];
  readonly when: (state: OfferState) => boolean;
  /** 491: it crosses one of ours. 500, with a Retry-After of 0-10 s: the peer did not wait for our answer to its own. */
  readonly statusCode: 491 | 500;
  readonly section: string;
}

/** The first row that holds counts; none: the request may go on. */
export const GLARE: readonly GlareRow[] = [
  { proposal: ['invite'], when: ({ answering }) => answering, statusCode: 500, section: 'RFC 3261 §14.2' },
  { proposal: ['invite'], when: ({ inviting }) => inviting, statusCode: 491, section: 'RFC 3261 §14.2' },
  {
    proposal: ['invite'],
    when: ({ pendingOffer }) => pendingOffer === 'ours',
    statusCode: 491,
    section: 'RFC 5407 §3.1.5',
  },
  {
    proposal: ['invite'],
    when: ({ pendingOffer }) => pendingOffer === 'theirs',
    statusCode: 500,
    section: 'RFC 6337 §4.1',
  },
  {
    proposal: ['update-with-offer'],
    when: ({ pendingOffer }) => pendingOffer === 'ours',
    statusCode: 491,
    section: 'RFC 3311 §5.2',
  },
  {
    proposal: ['update-with-offer'],
    when: ({ pendingOffer }) => pendingOffer === 'theirs',
    statusCode: 500,
    section: 'RFC 3311 §5.2',
  },
];

export function glareOf(proposal: Proposal, state: OfferState): 491 | 500 | undefined {
  return GLARE.find((row) => row.proposal.includes(proposal) && row.when(state))?.statusCode;
}

/**
 * How long to wait after a 491 before the same is tried again, ms, from a random number of [0, 1): the owner of the Call-ID 2.1-4 s, the other
 * side 0-2 s, in units of 10 ms. @see RFC 3261 §14.1
 */
export function glarePauseMs(ownsCallId: boolean, random: number): number {
  return ownsCallId ? 2100 + 10 * Math.floor(random * 191) : 10 * Math.floor(random * 201);
}
