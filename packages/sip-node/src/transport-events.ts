import type { ParseFault } from '@plugfest/model';
import type { SipMessage } from '@plugfest/sip';
import type { Flow } from './flow.ts';

/** What sockets tell the layer above. */
export interface TransportEvents {
  received(message: SipMessage, bytes: Uint8Array, flow: Flow): void;
  sent(bytes: Uint8Array, flow: Flow): void;
  /** Bytes that are no message; a connection is closed afterwards. */
  faulted(fault: ParseFault, flow: Flow): void;
  closed(flow: Flow): void;
}
