import { isIP } from 'node:net';
import { err, ok, type Result } from '@plugfest/model';
import { parameter, parseSipUri, type SipUri } from '@plugfest/sip';
import type { SipTransport } from './flow.ts';

/** Where a message goes. */
export interface Target {
  readonly transport: SipTransport;
  /** An IP address. */
  readonly host: string;
  readonly port: number;
  /** Host of the URI: the name that a TLS certificate is checked against. */
  readonly name: string;
}

/** Why nothing can be sent. */
export interface TransportFault {
  readonly code: 'bad-target' | 'unresolved' | 'connect-failed' | 'too-many-connections' | 'no-listener' | 'flow-gone';
  readonly text: string;
}

/** Finds the servers of a URI whose host is a name, in the order in which they are to be tried: `locator`, or what a test bed knows. */
export type Locate = (uri: SipUri) => Promise<readonly Target[]>;

export const DEFAULT_PORTS: Readonly<Record<SipTransport, number>> = {
  udp: 5060,
  tcp: 5060,
  tls: 5061,
  ws: 80,
  wss: 443,
};

/** The transport that a URI asks for: its parameter, TLS for `sips:`, else UDP. @see RFC 3263 §4.1 */
export function transportOf(scheme: SipUri['scheme'], asked: string | undefined): SipTransport | undefined {
  const transport = asked?.toLowerCase();
  if (transport === undefined) return scheme === 'sips' ? 'tls' : 'udp';
  if (scheme === 'sips' && transport === 'tcp') return 'tls';
  if (scheme === 'sips' && transport === 'ws') return 'wss';
  return transport in DEFAULT_PORTS ? (transport as SipTransport) : undefined;
}

/** Works out addresses, ports and transports of a SIP URI (`maddr` honoured), the best first; never none. */
export async function targetsOf(uri: string, locate?: Locate): Promise<Result<readonly Target[], TransportFault>> {
  const parsed = parseSipUri(uri);
  if (!parsed.ok) return err({ code: 'bad-target', text: `${uri}: ${parsed.error.text}` });
  const { scheme, host, port, parameters } = parsed.value;
  const transport = transportOf(scheme, parameter(parameters, 'transport'));
  if (transport === undefined) return err({ code: 'bad-target', text: `${uri}: unknown transport` });
  const name = parameter(parameters, 'maddr') || host;
  if (name.endsWith('.invalid'))
    return err({ code: 'flow-gone', text: `${name} is behind a connection that is closed` });
  const address = isIP(name) !== 0 ? name : name === 'localhost' ? '127.0.0.1' : undefined;
  if (address !== undefined)
    return ok([{ transport, host: address, port: port ?? DEFAULT_PORTS[transport], name: host }]);
  const targets = (await locate?.(parsed.value)) ?? [];
  return targets.length > 0 ? ok(targets) : err({ code: 'unresolved', text: `no address is known for ${name}` });
}
