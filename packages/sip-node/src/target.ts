import { isIP } from 'node:net';
import { err, ok, type Result } from '@plugfest/model';
import { parameter, parseSipUri } from '@plugfest/sip';
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

/** Maps a host name to an address (and perhaps a port). */
export type Resolve = (
  host: string,
  transport: SipTransport,
) => Promise<{ readonly host: string; readonly port?: number } | undefined>;

const DEFAULT_PORTS: Readonly<Record<SipTransport, number>> = { udp: 5060, tcp: 5060, tls: 5061, ws: 80, wss: 443 };

/** The transport that a URI asks for: its parameter, TLS for `sips:`, else UDP. @see RFC 3263 §4.1 */
function transportOf(scheme: 'sip' | 'sips', asked: string | undefined): SipTransport | undefined {
  const transport = asked?.toLowerCase();
  if (transport === undefined) return scheme === 'sips' ? 'tls' : 'udp';
  if (scheme === 'sips' && transport === 'tcp') return 'tls';
  if (scheme === 'sips' && transport === 'ws') return 'wss';
  return transport in DEFAULT_PORTS ? (transport as SipTransport) : undefined;
}

/** Works out address, port and transport of a SIP URI (`maddr` honoured). */
export async function targetOf(uri: string, resolve?: Resolve): Promise<Result<Target, TransportFault>> {
  const parsed = parseSipUri(uri);
  if (!parsed.ok) return err({ code: 'bad-target', text: `${uri}: ${parsed.error.text}` });
  const { scheme, host, port, parameters } = parsed.value;
  const transport = transportOf(scheme, parameter(parameters, 'transport'));
  if (transport === undefined) return err({ code: 'bad-target', text: `${uri}: unknown transport` });
  const name = parameter(parameters, 'maddr') || host;
  if (name.endsWith('.invalid'))
    return err({ code: 'flow-gone', text: `${name} is behind a connection that is closed` });
  const address =
    isIP(name) !== 0 ? { host: name } : name === 'localhost' ? { host: '127.0.0.1' } : await resolve?.(name, transport);
  if (address === undefined) return err({ code: 'unresolved', text: `no address is known for ${name}` });
  return ok({
    transport,
    host: address.host,
    port: port ?? ('port' in address ? address.port : undefined) ?? DEFAULT_PORTS[transport],
    name: host,
  });
}
