import { createHash } from 'node:crypto';
import {
  BRANCH_COOKIE,
  cseqOf,
  decrementMaxForwards,
  formatHostPort,
  formatMessage,
  header,
  parameter,
  popVia,
  prependHeader,
  type SipHeader,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  topVia,
  withoutHeader,
} from '@plugfest/sip';
import type { Flow, SipTransportLayer } from '@plugfest/sip-node';
import { TRUST_HEADER } from '../trust-header.ts';
import type { Endpoint } from './endpoint-table.ts';

/** Says in our Via over which connection a request came, so that nothing has to be kept for its response. */
const FLOW_PARAMETER = 'ms-received-cid';
/** What a client proved to us is nobody else's business; what it says of trust is thrown away. */
const HOP_HEADERS = ['Authorization', 'Proxy-Authorization', 'Authentication-Info', TRUST_HEADER];
const RECORDED = ['INVITE', 'SUBSCRIBE', 'REFER'];

/** Passes messages on between connections without state, as TCP and TLS allow. @see RFC 3261 §16.11 */
export class MessageRouter {
  readonly #transport: SipTransportLayer;
  readonly #endpointOf: (flow: Flow) => Endpoint | undefined;

  constructor(transport: SipTransportLayer, endpointOf: (flow: Flow) => Endpoint | undefined) {
    this.#transport = transport;
    this.#endpointOf = endpointOf;
  }

  /** Sends a message, signed where its receiver has a security association. */
  send(message: SipMessage, flow: Flow): void {
    const association = this.#endpointOf(flow)?.association;
    flow.send(formatMessage(association === undefined ? message : association.sign(message)));
  }

  /** Sends what goes before there is an association: challenges. */
  sendPlain(message: SipMessage, flow: Flow): void {
    flow.send(formatMessage(message));
  }

  /** Sends a request of our own. */
  originate(request: SipRequest, flow: Flow, branch: string): void {
    this.send(prependHeader(request, 'Via', this.#via(flow, `${BRANCH_COOKIE}${branch}`, '')), flow);
  }

  /** Passes a request on; false where its hops are used up. */
  forward(request: SipRequest, from: Flow, to: Flow, target: string, added: readonly SipHeader[]): boolean {
    const next = decrementMaxForwards(request);
    if (next === undefined) return false;
    let out: SipRequest = { ...next, uri: target };
    for (const name of HOP_HEADERS) out = withoutHeader(out, name);
    out = { ...out, headers: [...out.headers, ...added] };
    if (RECORDED.includes(request.method))
      for (const side of this.#sidesBetween(from, to)) out = prependHeader(out, 'Record-Route', `<${side};lr>`);
    out = prependHeader(out, 'Via', this.#via(to, branchOf(request), `;${FLOW_PARAMETER}=${from.id}`));
    this.send(out, to);
    return true;
  }

  /** Each end comes back over its own transport: where they differ both are recorded, that of who asked first. @see RFC 5658 §3 */
  #sidesBetween(from: Flow, to: Flow): readonly string[] {
    return [...new Set([from, to].map(({ transport }) => this.ownUri(transport === 'tls')))];
  }

  /** Passes a response back; one that is for ourselves ends here. */
  relay(response: SipResponse): void {
    const via = topVia(response);
    const flow = this.#transport.flowById(parameter(via?.parameters ?? [], FLOW_PARAMETER) ?? '');
    const popped = popVia(withoutHeader(response, 'Authentication-Info'));
    if (flow !== undefined && popped !== undefined) this.send(popped, flow);
  }

  /** Our URI: of the TLS listener where `secure`, else of the TCP one where there is one. */
  ownUri(secure: boolean): string {
    const { addresses } = this.#transport;
    const address = addresses.find(({ transport }) => transport === (secure ? 'tls' : 'tcp')) ?? addresses[0];
    if (address === undefined) return 'sip:invalid.invalid';
    return `sip:${formatHostPort(address.host, address.port)};transport=${address.transport}`;
  }

  #via(flow: Flow, branch: string, more: string): string {
    const own = this.#transport.addressFor(flow.transport, flow.local.host) ?? flow.local;
    return `SIP/2.0/${flow.transport.toUpperCase()} ${formatHostPort(own.host, own.port)};branch=${branch}${more}`;
  }
}

/** The same for a request, its CANCEL and the ACK to its failure. @see RFC 3261 §16.11 */
function branchOf(request: SipRequest): string {
  const via = topVia(request);
  const theirs = parameter(via?.parameters ?? [], 'branch') ?? '';
  const key = [theirs, via?.host, via?.port, header(request, 'Call-ID'), cseqOf(request)?.number];
  return `${BRANCH_COOKIE}${createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 24)}`;
}
