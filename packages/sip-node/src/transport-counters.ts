/** What was done against bad peers, so that it can be seen: one count a cause. */
export interface TransportCounters {
  /** Accepted and closed at once: no room, and nobody silent to make some. */
  connectionsRefused: number;
  /** Closed to make room: had said nothing for longest. */
  connectionsDisplaced: number;
  /** TLS or WebSocket handshakes that failed or took too long. */
  handshakesFailed: number;
  /** Connections that owed a message and did not send it in time. */
  silentConnectionsCut: number;
  /** Connections whose peer did not read. */
  slowReadersCut: number;
  /** Bytes that are no message. */
  malformedMessages: number;
  oversizedMessages: number;
  /** Datagrams dropped unread. */
  datagramsOverRate: number;
  /** Times that reading of a connection was suspended. */
  connectionsOverRate: number;
  /** Requests answered with 503, and dropped without an answer. */
  requestsRefused: number;
  requestsDropped: number;
}

export function newTransportCounters(): TransportCounters {
  return {
    connectionsRefused: 0,
    connectionsDisplaced: 0,
    handshakesFailed: 0,
    silentConnectionsCut: 0,
    slowReadersCut: 0,
    malformedMessages: 0,
    oversizedMessages: 0,
    datagramsOverRate: 0,
    connectionsOverRate: 0,
    requestsRefused: 0,
    requestsDropped: 0,
  };
}
