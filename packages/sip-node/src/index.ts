export * from './flow.ts';
export * from './proxy-options.ts';
export * from './registrar.ts';
export * from './session.ts';
export type { Resolve, Target, TransportFault } from './target.ts';
export { targetOf } from './target.ts';
export { SipTransportLayer, type TransportLayerOptions } from './transport-layer.ts';
export * from './transport-limits.ts';
export { UserAgent } from './user-agent.ts';
export * from './user-agent-options.ts';

import type { ListenAddress } from './flow.ts';
import type { ProxyOptions } from './proxy-options.ts';

/** A stateful proxy: one branch a request, Record-Route with a flow token each side. @see RFC 3261 §16 */
export declare class SipProxy implements AsyncDisposable {
  static open(options: ProxyOptions): Promise<SipProxy>;
  readonly addresses: readonly ListenAddress[];
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
