import type { Clock, Random } from '@plugfest/model';
import type {
  DigestCredentials,
  SessionTimerPolicy,
  SipBody,
  SipHeader,
  SipParameter,
  SipRequest,
  TimerBase,
} from '@plugfest/sip';
import type { CallLimits } from './call-limits.ts';
import type { Flow, ListenPoint, SipTap, TlsClientOptions } from './flow.ts';
import type { ResponseSpec } from './session.ts';
import type { Locate } from './target.ts';
import type { TransportLimits } from './transport-limits.ts';
import type { SipTransportPort } from './transport-port.ts';

/** What a user agent is and where it listens. */
export interface UserAgentOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** May be empty for a client that only opens TCP, TLS or WebSocket connections. */
  readonly listen: readonly ListenPoint[];
  /** Our From, e.g. `sip:alice@corp.example`. */
  readonly aor: string;
  /** Unicode. */
  readonly displayName?: string;
  /** Beside the tag in our From, e.g. `epid` of Lync's clients. */
  readonly fromParameters?: readonly SipParameter[];
  /** User part of the Contact; default: that of `aor`. */
  readonly contactUser?: string;
  /** Whole Contact URI to use in place of `sip:user@<local address>;transport=…` (a GRUU, a public name). */
  readonly contactUri?: string;
  /** Appended inside the Contact URI, e.g. `;ms-opaque=d3470f2e1d`. */
  readonly contactUriParameters?: string;
  /** Appended after `<uri>`, e.g. `;isGateway;text;audio;video`. */
  readonly contactParameters?: string;
  /** User-Agent of requests and Server of responses. */
  readonly userAgentHeader: string;
  /** For outgoing TLS and WSS connections. */
  readonly tls?: TlsClientOptions;
  readonly credentials?: DigestCredentials;
  /** Route for every request outside a dialog, e.g. `sip:127.0.0.1:5061;transport=tls;lr`. */
  readonly outboundProxy?: string;
  readonly tap?: SipTap;
  /** Added to every request that we make and every INVITE 2xx. */
  readonly defaultHeaders?: readonly SipHeader[];
  /** Methods for Allow (default: those that the user agent handles) and option tags for Supported. */
  readonly allow?: readonly string[];
  readonly supported?: readonly string[];
  /** Media types that INVITE bodies may have (default application/sdp, multipart/alternative, multipart/mixed); others get 415. */
  readonly accept?: readonly string[];
  readonly limits?: Partial<TransportLimits>;
  /** What one call may bring, where that is to differ from `DEFAULT_CALL_LIMITS`. */
  readonly callLimits?: Partial<CallLimits>;
  /** With it calls have session timers, where the peer can, and Supported names `timer`. @see RFC 4028 */
  readonly sessionTimer?: SessionTimerPolicy;
  /** Pings over connections that we opened, at most so far apart; a peer that does not answer in 10 s is gone. None by default. */
  readonly keepAliveMs?: number;
  /** Finds the servers of names: `locator(dnsNameServer(), random)`; default: address literals and `localhost` only (nothing leaves the loopback unasked). */
  readonly locate?: Locate;
  /** Timer values for tests; default T1 500 ms, T2 4 s, T4 5 s. */
  readonly timerBase?: TimerBase;
  /** In place of sockets of its own (`listen` is then not looked at). */
  readonly transport?: SipTransportPort;
}

export interface InviteOptions {
  /** Route headers, first hop first; default: `outboundProxy`. */
  readonly route?: readonly string[];
  /** Absent: late offer. */
  readonly body?: Uint8Array;
  /** Default `application/sdp`. */
  readonly contentType?: string;
  readonly headers?: readonly SipHeader[];
  /** Aborting cancels or hangs up. */
  readonly signal?: AbortSignal;
  /** To header URI, when it differs from the target. */
  readonly to?: string;
}

export interface OutOfDialogOptions {
  readonly route?: readonly string[];
  readonly headers?: readonly SipHeader[];
  readonly body?: SipBody;
  readonly to?: string;
}

export interface RegisterOptions {
  /** E.g. `sip:corp.example` or `sip:127.0.0.1:5060;transport=tcp`. */
  readonly registrar: string;
  /** 0 unregisters. */
  readonly expiresS: number;
  readonly route?: readonly string[];
  readonly headers?: readonly SipHeader[];
}

/** Answers a request outside a dialog. Undefined: the default answer (200 to OPTIONS, else 405 or 501). */
export type OutOfDialogHandler = (
  request: SipRequest,
  flow: Flow,
) => ResponseSpec | undefined | Promise<ResponseSpec | undefined>;
