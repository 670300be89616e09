import { err, ok, type Result } from '@plugfest/model';
import { parameter, parseSipUri } from '@plugfest/sip';
import type { Flow } from './flow.ts';
import { type Locate, type Target, type TransportFault, targetsOf } from './target.ts';
import type { SipTransportPort } from './transport-port.ts';

/** What it takes to find a way. */
export interface Ways {
  readonly locate: Locate | undefined;
  readonly transport: Pick<SipTransportPort, 'flowTo'>;
}

export interface ReachOptions {
  /** Name to demand of the certificate; default: host of the URI. */
  readonly serverName?: string | undefined;
  /** How long the request would be over this flow: one that is too long for a datagram goes over TCP where the URI leaves that to us. */
  readonly sizeOver?: (flow: Flow) => number;
}

/** Larger requests must not be sent over UDP where the path's MTU is not known. @see RFC 3261 §18.1.1 */
export const MAX_DATAGRAM_REQUEST_BYTES = 1300;

/** A way to the next hop: over the first of its servers that can be reached. @see RFC 3263 §4.3 */
export async function reach(
  hop: string,
  ways: Ways,
  options: ReachOptions = {},
): Promise<Result<Flow, TransportFault>> {
  const targets = await targetsOf(hop, ways.locate);
  if (!targets.ok) return targets;
  let fault: TransportFault = { code: 'unresolved', text: `no address is known for ${hop}` };
  for (const target of targets.value) {
    const flow = await ways.transport.flowTo(target, options.serverName);
    if (flow.ok) return ok(await fitting(flow.value, target, hop, ways, options));
    fault = flow.error;
  }
  return err(fault);
}

/** Where nobody answers by TCP, UDP has to do after all. */
async function fitting(flow: Flow, target: Target, hop: string, ways: Ways, { sizeOver }: ReachOptions): Promise<Flow> {
  if (flow.transport !== 'udp' || sizeOver === undefined || sizeOver(flow) <= MAX_DATAGRAM_REQUEST_BYTES) return flow;
  const uri = parseSipUri(hop);
  if (!uri.ok || parameter(uri.value.parameters, 'transport') !== undefined) return flow;
  const reliable = await ways.transport.flowTo({ ...target, transport: 'tcp' });
  return reliable.ok ? reliable.value : flow;
}
