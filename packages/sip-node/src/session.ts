import type { Dialog, Referral, SipBody, SipHeader, SipMessage, SipRequest, SipResponse } from '@plugfest/sip';
import type { Flow } from './flow.ts';
import type { ReferralDecision } from './referrals.ts';

export type SessionState = 'calling' | 'proceeding' | 'early' | 'established' | 'terminated';

/** Why a session ended. `local-bye` we hung up, `remote-bye` the peer did, `rejected` a final response of 300-699, `cancelled` a CANCEL of either side. */
export type SessionEndReason =
  | 'local-bye'
  | 'remote-bye'
  | 'rejected'
  | 'cancelled'
  | 'timeout'
  | 'transport-failed'
  | 'closed';

export interface SessionEnd {
  readonly reason: SessionEndReason;
  /** The BYE, CANCEL or final response that ended it, where there is one. */
  readonly message?: SipRequest | SipResponse;
}

/** A response to be built: To tag, Via, Contact and so on are added. */
export interface ResponseSpec {
  readonly statusCode: number;
  readonly reasonPhrase?: string;
  readonly headers?: readonly SipHeader[];
  readonly body?: SipBody;
}

/** What a re-INVITE or UPDATE gets: an answer (or our offer, when it had none), or a refusal. */
export type OfferOutcome = SipBody | ResponseSpec;

export interface ReinviteOptions {
  readonly headers?: readonly SipHeader[];
  /** With `body` null: makes the answer, for the ACK, to the offer in the 2xx. */
  readonly answer?: (response: SipResponse) => SipBody | Promise<SipBody>;
}

export interface RequestOptions {
  readonly headers?: readonly SipHeader[];
  readonly body?: SipBody;
}

/** An INVITE dialog, from either side. Callbacks are plain properties; each is called at most once per request. */
export interface Session {
  readonly callId: string;
  /** From or To URI of the peer, as received. */
  readonly remoteUri: string;
  /** Unicode. */
  readonly remoteDisplayName: string | undefined;
  readonly state: SessionState;
  /** Undefined until a response with a To tag was sent or received. */
  readonly dialog: Dialog | undefined;
  /** The connection (or UDP pair) that the session's signalling runs on; undefined while an outgoing call is connecting. */
  readonly flow: Flow | undefined;
  /** Resolves once, never rejects. */
  readonly terminated: Promise<SessionEnd>;
  /** A re-INVITE or UPDATE: `offer` null means that it asks for ours. Unset: 488. */
  onReinvite: ((offer: SipBody | null, request: SipRequest) => OfferOutcome | Promise<OfferOutcome>) | undefined;
  /** The answer to an offer that we put in a response: in the ACK to the 2xx of a re-INVITE without one, or in the PRACK to a reliable 1xx; and to an offer that only refreshed the session. */
  onAnswer: ((answer: SipBody | null, message: SipMessage) => void) | undefined;
  /** Our description as it is now, for a re-INVITE that refreshes the session of a peer without UPDATE. Unset: the one that was sent last. @see RFC 4028 §7.4 */
  onRefresh: (() => SipBody | Promise<SipBody>) | undefined;
  /** INFO within the dialog; default answer 200. */
  onInfo: ((request: SipRequest) => ResponseSpec | undefined) | undefined;
  /** A REFER of the peer's; what it asks for was read already. Unset: `onRequest` gets it. @see RFC 3515 */
  onRefer: ((referral: Referral) => ReferralDecision) | undefined;
  /** Any other request within the dialog (MESSAGE, NOTIFY …). Unset: 501, or 200 for OPTIONS. */
  onRequest: ((request: SipRequest) => ResponseSpec | Promise<ResponseSpec>) | undefined;
  /** A BYE of the peer, after its 200; `terminated` follows. */
  onBye: ((request: SipRequest) => void) | undefined;
  /** Sends a re-INVITE; the ACK to its 2xx is sent for you. Resolves with the final response (408 when none came); 491 is tried again once after RFC 3261 §14.1's pause. */
  reinvite(body: SipBody | null, options?: ReinviteOptions): Promise<SipResponse>;
  /** Sends UPDATE, with an offer or (null) only to refresh; allowed in early dialogs. After a 491 or a 500 with a short Retry-After it is tried again once. @see RFC 3311 */
  update(body: SipBody | null, options?: Pick<RequestOptions, 'headers'>): Promise<SipResponse>;
  info(contentType: string, body: Uint8Array): Promise<SipResponse>;
  /** Any request within the dialog. Resolves with the final response (408 when none came, 503 when it could not be sent). */
  sendRequest(method: string, options?: RequestOptions): Promise<SipResponse>;
  /** Hangs up whatever the state: BYE, CANCEL or 603. Resolves when answered or timed out. */
  bye(headers?: readonly SipHeader[]): Promise<void>;
}

export type InviteOutcome =
  | { readonly ok: true; readonly response: SipResponse }
  | { readonly ok: false; readonly response: SipResponse };

export interface PrackBody extends SipBody {
  /** The final response to the PRACK: with the answer, where `body` was an offer. */
  readonly onAnswered?: (response: SipResponse) => void;
}

/** A call that we make. */
export interface OutgoingSession extends Session {
  readonly invite: SipRequest | undefined;
  /** Each 1xx but 100; a reliable one once, in order. */
  onProgress: ((response: SipResponse) => void) | undefined;
  /** Makes the body of the PRACK to a reliable 1xx: the answer, where that has an offer because our INVITE had none; else perhaps an offer of ours. Unset: none. @see RFC 3262 §5 */
  onReliableProgress: ((response: SipResponse) => PrackBody | undefined | Promise<PrackBody | undefined>) | undefined;
  /** The final response; 408 when none came, 503 when nothing could be sent, 487 after `cancel()`. Never rejects. */
  readonly answered: Promise<InviteOutcome>;
  /** Only for a late offer (INVITE without body): sends the answer in the ACK. With an early offer the ACK is sent before `answered` resolves. */
  ack(answer?: SipBody): void;
  cancel(headers?: readonly SipHeader[]): void;
}

/** A call that we are offered. */
export interface IncomingSession extends Session {
  readonly request: SipRequest;
  /** The call that this one takes the place of: it is hung up when this one is accepted. @see RFC 3891 */
  readonly replaces: Session | undefined;
  /** The parsed Request-URI's user part, unescaped, Unicode: whom the call is for. */
  readonly requestUser: string;
  /** Sends 180. */
  ring(headers?: readonly SipHeader[]): void;
  /** Whether the caller takes reliable provisional responses, and whether it takes no others (then all of ours but 100 are). @see RFC 3262 */
  readonly reliability: 'required' | 'supported' | 'unsupported';
  /** Sends a 1xx of choice, e.g. 183 with early media. */
  progress(response: ResponseSpec): void;
  /** Sends a 1xx until its PRACK comes, and resolves with that; undefined when none came (the call was refused with 504 then) or the INVITE ended first. */
  progressReliably(response: ResponseSpec): Promise<SipRequest | undefined>;
  /** Sends 200, again until the ACK comes (RFC 3261 §13.3.1.4); without body when `body` is absent. */
  accept(answer?: {
    readonly body?: Uint8Array;
    readonly contentType?: string;
    readonly headers?: readonly SipHeader[];
  }): void;
  reject(statusCode: number, reasonPhrase?: string, headers?: readonly SipHeader[]): void;
  /** The ACK to our 2xx (its body is the answer to a late offer). Rejects never; stays pending when the session ends first: race it with `terminated`. */
  readonly acked: Promise<SipRequest>;
}
