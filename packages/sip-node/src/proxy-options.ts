import type { Clock, Random } from '@plugfest/model';
import type { SipHeader, SipRequest, SipResponse, TimerBase } from '@plugfest/sip';
import type { Flow, ListenPoint, SipTap, TlsClientOptions } from './flow.ts';
import type { ResponseSpec } from './session.ts';
import type { Locate, TransportFault } from './target.ts';
import type { TransportLimits } from './transport-limits.ts';

/** What a proxy does with a request outside a dialog (or with an in-dialog one that it never record-routed). */
export type ProxyDecision =
  | {
      readonly action: 'forward';
      /** The new Request-URI; default: unchanged. */
      readonly target?: string;
      /** URI of the next hop, not written into the message, e.g. `sip:127.0.0.1:5061;transport=tls`; default: first Route, else the target. */
      readonly nextHop?: string;
      /** Send over this flow (a registered client's connection), whatever the URIs say. */
      readonly flow?: Flow;
      /** Name to demand of the next hop's certificate; default: host of the next hop's URI. */
      readonly serverName?: string;
      /** Added to (same name: in place of) what the request has. */
      readonly headers?: readonly SipHeader[];
      readonly removeHeaders?: readonly string[];
    }
  | ({ readonly action: 'respond' } & ResponseSpec);

/** Facts about a request at a proxy. */
export interface ProxyRequestContext {
  /** Where it came from; `from.peerIdentity` holds the names of a verified peer certificate. */
  readonly from: Flow;
  /** It carries a To tag and a Route that this proxy recorded: forwarding it is the default. */
  readonly inDialog: boolean;
}

export interface ProxyOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly listen: readonly ListenPoint[];
  /** Used in Record-Route and Via in place of the address listened on, when the peer can resolve it. */
  readonly name?: string;
  /** Host names (besides our addresses) for which a Route means us. */
  readonly aliases?: readonly string[];
  readonly tls?: TlsClientOptions;
  readonly tap?: SipTap;
  readonly serverHeader?: string;
  /** Option tags that Proxy-Require may name. */
  readonly extensions?: readonly string[];
  /** Default true. */
  readonly recordRoute?: boolean;
  readonly limits?: Partial<TransportLimits>;
  /** Maps a host name of a URI to an address; default: address literals and `localhost` only (nothing leaves the loopback unasked). */
  readonly locate?: Locate;
  readonly timerBase?: TimerBase;
  /** Decides about each request but ACK and CANCEL and those that follow a recorded route. */
  readonly onRequest: (request: SipRequest, context: ProxyRequestContext) => ProxyDecision | Promise<ProxyDecision>;
  /** Sees in-dialog requests before they are forwarded; a `respond` decision stops them. */
  readonly onInDialogRequest?: (
    request: SipRequest,
    context: ProxyRequestContext,
  ) => ProxyDecision | undefined | Promise<ProxyDecision | undefined>;
  /** The answer when the next hop cannot be reached; default 504. */
  readonly onUnreachable?: (request: SipRequest, fault: TransportFault) => ResponseSpec;
  /** May change a response on its way back (strip or add headers). */
  readonly onResponse?: (response: SipResponse, request: SipRequest) => SipResponse;
}
