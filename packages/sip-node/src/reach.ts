import { err, ok, type Result } from '@plugfest/model';
import { header, parameter, parseSipUri, type SipResponse } from '@plugfest/sip';
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
export function reach(hop: string, ways: Ways, options: ReachOptions = {}): Promise<Result<Flow, TransportFault>> {
  return new Servers(hop, ways, options).next();
}

/** The servers of a next hop, one after the other: the next where one cannot be reached, does not answer, or says 503. @see RFC 3263 §4.3 */
export class Servers {
  readonly #hop: string;
  readonly #ways: Ways;
  readonly #options: ReachOptions;
  #left: Target[] | undefined;

  constructor(hop: string, ways: Ways, options: ReachOptions = {}) {
    this.#hop = hop;
    this.#ways = ways;
    this.#options = options;
  }

  /** A way to the next of them that can be reached; a fault when there is none left. */
  async next(): Promise<Result<Flow, TransportFault>> {
    const { transport, locate } = this.#ways;
    if (this.#left === undefined) {
      const targets = await targetsOf(this.#hop, locate);
      if (!targets.ok) return targets;
      this.#left = [...targets.value];
    }
    let fault: TransportFault = { code: 'unresolved', text: `no address is known for ${this.#hop}` };
    for (let target = this.#left.shift(); target !== undefined; target = this.#left.shift()) {
      const flow = await transport.flowTo(target, this.#options.serverName);
      if (flow.ok) return ok(await fitting(flow.value, target, this.#hop, this.#ways, this.#options));
      fault = flow.error;
    }
    return err(fault);
  }
}

/** Whether a server failed, so that the next is to be tried: 503, or no answer at all (a 408 that we made has no Via). @see RFC 3263 §4.3 */
export function isServerFailure(response: SipResponse): boolean {
  return response.statusCode === 503 || (response.statusCode === 408 && header(response, 'Via') === undefined);
}

/** Where nobody answers by TCP, UDP has to do after all. */
async function fitting(flow: Flow, target: Target, hop: string, ways: Ways, { sizeOver }: ReachOptions): Promise<Flow> {
  if (flow.transport !== 'udp' || sizeOver === undefined || sizeOver(flow) <= MAX_DATAGRAM_REQUEST_BYTES) return flow;
  const uri = parseSipUri(hop);
  if (!uri.ok || parameter(uri.value.parameters, 'transport') !== undefined) return flow;
  const reliable = await ways.transport.flowTo({ ...target, transport: 'tcp' });
  return reliable.ok ? reliable.value : flow;
}
