export * from './flow.ts';
export * from './proxy-options.ts';
export * from './session.ts';
export * from './user-agent-options.ts';

import type { Clock } from '@plugfest/model';
import type { SipHeader, SipRequest, SipResponse } from '@plugfest/sip';
import type { Flow, ListenAddress } from './flow.ts';
import type { ProxyOptions } from './proxy-options.ts';
import type { IncomingSession, OutgoingSession, ResponseSpec, Session } from './session.ts';
import type {
  InviteOptions,
  OutOfDialogHandler,
  OutOfDialogOptions,
  RegisterOptions,
  UserAgentOptions,
} from './user-agent-options.ts';

/** A SIP user agent: UAC and UAS on any number of transports at once. */
export declare class UserAgent implements AsyncDisposable {
  static open(options: UserAgentOptions): Promise<UserAgent>;
  /** Where it listens, in the order of `options.listen`. */
  readonly addresses: readonly ListenAddress[];
  /** Sessions that are not terminated. */
  readonly sessions: ReadonlySet<Session>;
  /** Each new call; 100 is sent by itself. Must end in `accept`, `reject` or the caller's CANCEL. Unset: 480. */
  onInvite: ((session: IncomingSession) => void) | undefined;
  onRequest: OutOfDialogHandler | undefined;
  invite(targetUri: string, options?: InviteOptions): OutgoingSession;
  /** A request outside a dialog. Resolves with the final response (408 when none came, 503 when it could not be sent); 401/407 are answered once. */
  request(method: string, uri: string, options?: OutOfDialogOptions): Promise<SipResponse>;
  /** Registers our Contact; answers a challenge. Resolves with the final response; no refresh by itself. */
  register(options: RegisterOptions): Promise<SipResponse>;
  /** Hangs up what is up (waiting at most `graceMs`, default 500), then closes sockets and timers. */
  close(graceMs?: number): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** One Contact of an address of record. */
export interface Binding {
  readonly contactUri: string;
  readonly parameters: string;
  readonly expiresAtUs: number;
  /** The connection that the REGISTER came over; requests to the binding go back over it while it lives. */
  readonly flow: Flow;
}

export interface RegistrarOptions {
  readonly clock: Clock;
  /** Domains of the addresses of record that we keep. */
  readonly domains: readonly string[];
  readonly maxExpiresS?: number;
  /** Password of a user; absent: no authentication. */
  readonly passwordOf?: (username: string) => string | undefined;
  readonly realm?: string;
  /** May refuse or decorate: headers to add to the 200. */
  readonly onRegister?: (
    request: SipRequest,
    flow: Flow,
  ) => { readonly refuse?: ResponseSpec; readonly headers?: readonly SipHeader[] } | undefined;
}

/** Bindings by address of record. Use in `UserAgent.onRequest` or in a proxy's `onRequest`. @see RFC 3261 §10.3 */
export declare class Registrar {
  constructor(options: RegistrarOptions);
  handle(request: SipRequest, flow: Flow): ResponseSpec;
  /** Live bindings, most recent first. `aor` is compared as a URI (user and host). */
  lookup(aor: string): Binding[];
  readonly aors: readonly string[];
}

/** A stateful proxy: one branch a request, Record-Route with a flow token each side. @see RFC 3261 §16 */
export declare class SipProxy implements AsyncDisposable {
  static open(options: ProxyOptions): Promise<SipProxy>;
  readonly addresses: readonly ListenAddress[];
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
