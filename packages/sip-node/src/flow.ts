/** The transports that we speak. @see RFC 3261 §18, RFC 7118 */
export type SipTransport = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';

/** An IP address (no brackets) and a port. */
export interface SocketAddress {
  readonly host: string;
  readonly port: number;
}

/** A way to one peer: a connection, or a UDP socket and a remote address. What comes in over it can be answered over it. */
export interface Flow {
  /** Unique within the transport layer; safe inside a SIP token. */
  readonly id: string;
  readonly transport: SipTransport;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  /** False for UDP only: decides on retransmission. */
  readonly reliable: boolean;
  /** True where we opened the connection. */
  readonly outbound: boolean;
  /** Subject alternative names (`DNS:` and `URI:` values, then the common name) of the peer's verified TLS certificate; empty without. */
  readonly peerIdentity: readonly string[];
  readonly closed: boolean;
  /** Sends one message; what cannot be sent is reported to the layer's `onFlowClosed`, never thrown. */
  send(bytes: Uint8Array): void;
  close(): void;
}

/** What crossed a socket, for traces. `source` and `destination` are `address:port`, IPv6 in brackets. */
export interface SipTapEntry {
  readonly atUs: number;
  readonly direction: 'sent' | 'received';
  readonly transport: SipTransport;
  readonly source: string;
  readonly destination: string;
  readonly bytes: Uint8Array;
}

/** Sees each whole message as it was sent or received (framing removed, keep-alives left out). */
export type SipTap = (entry: SipTapEntry) => void;

/** Key and certificates of a TLS side, PEM. */
export interface TlsIdentity {
  readonly key?: string | Uint8Array;
  readonly cert?: string | Uint8Array;
  /** Trusted roots, in place of the system's. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[];
}

/** TLS of a listener. */
export interface TlsServerOptions extends TlsIdentity {
  /** Ask for the client's certificate (mutual TLS); a client without a valid one is refused unless `allowUnverified`. */
  readonly requestCert?: boolean;
  readonly allowUnverified?: boolean;
}

/** TLS of the connections that we open. */
export interface TlsClientOptions extends TlsIdentity {
  /** Name to send and to check; default: the host of the target URI. */
  readonly serverName?: string;
  /** Default true; false accepts any certificate (then `peerIdentity` is empty). */
  readonly rejectUnauthorized?: boolean;
}

/** Where to listen. Port 0 or none: any free one. */
export interface ListenPoint {
  readonly transport: SipTransport;
  readonly host: string;
  readonly port?: number;
  /** For `tls` and `wss`. */
  readonly tls?: TlsServerOptions;
}

/** A point that is being listened on. */
export interface ListenAddress extends SocketAddress {
  readonly transport: SipTransport;
}
