/** What one peer may ask of us. A peer is a connection, or an address and port over UDP; an address may have many. */
export interface TransportLimits {
  /** Largest message, bytes. */
  readonly maxMessageBytes: number;
  /** Accepted connections in all, and separately connections that we opened. */
  readonly maxConnections: number;
  /** Accepted connections from one address. Beyond, the one that has been silent longest makes room. */
  readonly maxConnectionsPerAddress: number;
  /** For TLS and WebSocket handshakes of who connects to us. */
  readonly handshakeTimeoutMs: number;
  /** A connection that never sent a whole message is closed after this; so is one that stops in the middle of a message. */
  readonly idleBeforeFirstMessageMs: number;
  /** Bytes waiting to be written before a slow peer is cut. */
  readonly maxPendingWriteBytes: number;
  /** For connecting, TLS and WebSocket handshakes included. */
  readonly connectTimeoutMs: number;
  /** Datagrams beyond are dropped unread; connections are read no faster. A second's worth may come at once, and another second's. */
  readonly messagesPerSecondPerPeer: number;
  readonly messagesPerSecondPerAddress: number;
  /** INVITEs outside dialogs, which cost most; those beyond are answered with 503. A burst of four seconds' worth may come at once. */
  readonly callsPerSecondPerPeer: number;
  readonly callsPerSecondPerAddress: number;
  /** Calls whose INVITE we took and whose ACK has not come: who forges his address never sends one. */
  readonly unacknowledgedCallsPerPeer: number;
  readonly unacknowledgedCallsPerAddress: number;
  /** Server transactions in progress. */
  readonly serverTransactionsPerPeer: number;
  readonly maxServerTransactions: number;
  /** Server transactions that only absorb retransmissions; beyond, the oldest are forgotten. */
  readonly maxSettledTransactions: number;
  /** Answers of 503 to one peer; what he asks beyond is dropped without one, so that nobody is answered more than he can use. */
  readonly refusalsPerSecondPerPeer: number;
  /** Retry-After of these answers. */
  readonly retryAfterS: number;
}

/**
 * For a stack that only signals: what one core can do (some 5,000 calls a second, docs/robustness.md) goes through from one peer, and what is more
 * than that is bounded. All is loopback here, so that an address stands for many hosts.
 */
export const DEFAULT_TRANSPORT_LIMITS: TransportLimits = {
  maxMessageBytes: 65_535,
  maxConnections: 4000,
  maxConnectionsPerAddress: 1500,
  handshakeTimeoutMs: 10_000,
  idleBeforeFirstMessageMs: 30_000,
  maxPendingWriteBytes: 1 << 20,
  connectTimeoutMs: 5000,
  messagesPerSecondPerPeer: 50_000,
  messagesPerSecondPerAddress: 100_000,
  callsPerSecondPerPeer: 10_000,
  callsPerSecondPerAddress: 20_000,
  unacknowledgedCallsPerPeer: 40_000,
  unacknowledgedCallsPerAddress: 40_000,
  serverTransactionsPerPeer: 20_000,
  maxServerTransactions: 40_000,
  maxSettledTransactions: 400_000,
  refusalsPerSecondPerPeer: 100,
  retryAfterS: 5,
};

/**
 * For who does media for each call: a call costs milliseconds to open and a twentieth of a core to keep, a message tens of microseconds. One peer gets at
 * most some 5 % of a core, and yet a proxy that brings a full conference of 100 at once is not slowed down. Ten such peers fit into an address.
 */
export const CONFERENCE_LIMITS: TransportLimits = {
  ...DEFAULT_TRANSPORT_LIMITS,
  messagesPerSecondPerPeer: 500,
  messagesPerSecondPerAddress: 5000,
  callsPerSecondPerPeer: 25,
  callsPerSecondPerAddress: 250,
  unacknowledgedCallsPerPeer: 50,
  unacknowledgedCallsPerAddress: 150,
  serverTransactionsPerPeer: 2000,
  maxServerTransactions: 20_000,
  maxSettledTransactions: 100_000,
  refusalsPerSecondPerPeer: 25,
};
