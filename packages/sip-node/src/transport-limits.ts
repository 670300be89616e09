/** Limits against bad peers. */
export interface TransportLimits {
  /** Largest message, bytes. */
  readonly maxMessageBytes: number;
  /** Connections in all. */
  readonly maxConnections: number;
  /** Connections from one address. High, as everything is loopback here. */
  readonly maxConnectionsPerAddress: number;
  /** A connection that never sent a whole message is closed after this; so is one that stops in the middle of a message. */
  readonly idleBeforeFirstMessageMs: number;
  /** Bytes waiting to be written before a slow peer is cut. */
  readonly maxPendingWriteBytes: number;
  /** For connecting, TLS and WebSocket handshakes included. */
  readonly connectTimeoutMs: number;
}

export const DEFAULT_TRANSPORT_LIMITS: TransportLimits = {
  maxMessageBytes: 65_535,
  maxConnections: 2000,
  maxConnectionsPerAddress: 1000,
  idleBeforeFirstMessageMs: 30_000,
  maxPendingWriteBytes: 1 << 20,
  connectTimeoutMs: 5000,
};
