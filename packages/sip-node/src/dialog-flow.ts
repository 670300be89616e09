import { ok, type Result } from '@plugfest/model';
import { type Dialog, formatHostPort, nextHopOf, parseSipUri, type SipRequest } from '@plugfest/sip';
import type { CallCore } from './call-core.ts';
import type { Flow } from './flow.ts';
import { reach } from './reach.ts';
import type { TransportFault } from './target.ts';

/** A dialog and what is known of the way to its peer. */
export interface DialogPath {
  readonly core: CallCore;
  readonly dialog: Dialog | undefined;
  readonly flow: Flow | undefined;
  /** host:port by which the peer (or the proxy next to us) calls its end of `flow`. */
  readonly peerAlias: string | undefined;
  /** Nobody is between us and the peer. */
  readonly isDirect: boolean;
}

/**
 * The flow for a request within a dialog: the connection that the call runs on, when that leads to the next hop (clients behind a connection
 * cannot be reached otherwise), else what the next hop's URI says, and when that says nothing usable (a name that nobody resolves) the call's
 * flow after all. @see RFC 5923, RFC 5626 §5.3, RFC 7118 §5
 */
export async function dialogFlow(call: DialogPath, request: SipRequest): Promise<Result<Flow, TransportFault>> {
  const hop = nextHopOf(request);
  if (call.flow !== undefined && leadsTo(call, call.flow, hop)) return ok(call.flow);
  const { layer, locate } = call.core;
  const sizeOver = (flow: Flow): number => layer.sizeOver(request, flow);
  const flow = await reach(hop, { locate, transport: layer.transport }, { sizeOver });
  const isNameless = !flow.ok && flow.error.code !== 'connect-failed';
  return !isNameless || call.flow === undefined || call.flow.closed ? flow : ok(call.flow);
}

function leadsTo(call: DialogPath, flow: Flow, hop: string): boolean {
  if (!flow.reliable || flow.closed) return false;
  const uri = parseSipUri(hop);
  if (!uri.ok || uri.value.host.endsWith('.invalid')) return true;
  if (call.isDirect && call.dialog?.routeSet.length === 0) return true;
  const wanted = formatHostPort(uri.value.host, uri.value.port);
  return wanted === formatHostPort(flow.remote.host, flow.remote.port) || wanted === call.peerAlias;
}
