import type { SipTransportLayer } from './transport-layer.ts';

/** What the transaction layer needs of a transport: sockets (`SipTransportLayer`), or something that stands in for them in a test on a virtual clock. */
export type SipTransportPort = Pick<
  SipTransportLayer,
  | 'onMessage'
  | 'onFault'
  | 'onFlowClosed'
  | 'addresses'
  | 'connectionCount'
  | 'counters'
  | 'limits'
  | 'addressFor'
  | 'flowById'
  | 'flowTo'
  | 'datagramFlow'
  | 'close'
>;
