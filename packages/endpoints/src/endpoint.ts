import type { ParticipantSource } from '@plugfest/media';
import type { Clock, EndpointKind, LayoutName, ParticipantPlan, Random, Refusal, Sabotage } from '@plugfest/model';
import type { MediaWire } from '@plugfest/wire';
import type { ClientWall } from './webrtc/client-protocol.ts';

/** A conference of Janus, which passes pictures on and composes none. */
export interface JanusConference {
  /** Of its WebSocket API. */
  readonly url: string;
  readonly room: number;
  readonly layout: LayoutName;
  readonly wall: ClientWall;
}

/** Where a participant calls, and through what. */
export interface JoinTarget {
  readonly conferenceUri: string;
  /** The bridge's listeners: `host:port`, for `ws` and `http` (WHIP and WHEP) a URL. */
  readonly bridge: {
    readonly udp?: string;
    readonly tcp?: string;
    readonly tls?: string;
    readonly ws?: string;
    readonly http?: string;
    readonly janus?: JanusConference;
  };
  /** The run's certificate authority. */
  readonly caPem?: string;
  /** `host:port` (TLS) of the front end of the participant's own domain: federated clients call through it. */
  readonly outboundProxy?: string;
  /** Where clients sign in that speak no SIP: over HTTPS, by password. */
  readonly web?: WebSignIn;
  /** Makes the conference call that address; absent where it cannot. */
  readonly callOut?: (uri: string) => Promise<void>;
}

/** The web side of a front end, as one of its users' phones needs it. */
export interface WebSignIn {
  /** `address:port` of the web server. */
  readonly address: string;
  /** `address:port` of the name server that knows `lyncdiscover.` of the domain. */
  readonly nameServer: string;
  readonly password: string;
  /** `address:port` of what stands in the way to the server, where something does. */
  readonly through?: string;
}

/** How a call ended up: codecs by their encoding names, or the final response that refused it. */
export type JoinOutcome =
  | { readonly joined: true; readonly audioCodec: string; readonly videoCodec: string }
  | { readonly joined: false; readonly refusal: Refusal };

/** Everything that an endpoint is given; it looks nothing up by itself. */
export interface EndpointContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly plan: ParticipantPlan;
  /** What it sends. The endpoint starts it when its call is answered and says so with `source.started` `{ startedUs }`. */
  readonly source: ParticipantSource;
  /** Matroska, with `<captureFile>.json` `{ originUs }` beside it. */
  readonly captureFile: string;
  /** Exists, is the endpoint's own. */
  readonly workDir: string;
  /** Those that the source, or the endpoint itself, carries out. */
  readonly sabotage: readonly Sabotage[];
  /** The wire for its call: all its descriptions pass through it. Closed by who gave it. `host`: the loopback where absent. */
  readonly openWire: (mLines: number, host?: string) => Promise<MediaWire>;
  /** What is run, for who must know it: the scenario's identifier. */
  readonly scenario?: string;
  readonly emit: (type: string, data?: Record<string, unknown>) => void;
  readonly signal: AbortSignal;
}

/** One participant, whatever plays it. Disposing closes everything, in any state, and leaves no process, socket or file behind. */
export interface Endpoint extends AsyncDisposable {
  readonly kind: EndpointKind;
  /** Resolves when the call is answered and acknowledged, or refused; rejects only where the endpoint itself fails. */
  join(target: JoinTarget): Promise<JoinOutcome>;
  /** Resolves when a picture was decoded and sound arrived; stays pending where they do not. */
  readonly mediaReady: Promise<void>;
  /** How long its calls and media may take, where a person has a part in it. */
  readonly patienceMs?: number;
  /** Offers anew what was agreed. It, and what follows, is absent where the endpoint cannot. @see RFC 3261 §14 */
  renegotiate?(): Promise<void>;
  /** Sends nothing and takes nothing until it resumes. @see RFC 3264 §8.4 */
  hold?(): Promise<void>;
  resume?(): Promise<void>;
  /** Resolves when the last key is let go. @see RFC 4733 */
  pressKeys?(keys: string): Promise<void>;
  /** Ends the call; the capture is complete when it resolves. Does nothing where there is no call. */
  hangUp(): Promise<void>;
}

/** Makes an endpoint ready to join. */
export type OpenEndpoint = (context: EndpointContext) => Promise<Endpoint>;
