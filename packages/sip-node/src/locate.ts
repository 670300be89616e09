import type { Random } from '@plugfest/model';
import { parameter, type SipUri } from '@plugfest/sip';
import type { SipTransport } from './flow.ts';
import type { NameServer, SrvRecord } from './name-server.ts';
import { DEFAULT_PORTS, type Locate, type Target, transportOf } from './target.ts';

/** Services of NAPTR records and the labels of SRV records, in the order in which we like them. @see RFC 3263 §4.1, RFC 7118 §8 */
const SERVICES: readonly (readonly [service: string, label: string, SipTransport])[] = [
  ['SIP+D2U', '_sip._udp', 'udp'],
  ['SIP+D2T', '_sip._tcp', 'tcp'],
  ['SIPS+D2T', '_sips._tcp', 'tls'],
  ['SIP+D2W', '_sip._ws', 'ws'],
  ['SIPS+D2W', '_sips._ws', 'wss'],
];

/** Only these are SRV names that one asks without having been told of them. */
const GUESSED: readonly SipTransport[] = ['udp', 'tcp', 'tls'];

/** A place that SRV or NAPTR led to, not yet an address. */
interface Place {
  readonly transport: SipTransport;
  readonly name: string;
  readonly port: number | undefined;
}

/** More servers than these are not tried. */
const MAX_TARGETS = 16;

/** Finds the servers of a SIP URI whose host is a name, in the order in which they are to be tried. @see RFC 3263 §4 */
export function locator(names: NameServer, random: Random): Locate {
  return async (uri) => {
    const name = parameter(uri.parameters, 'maddr') || uri.host;
    const targets: Target[] = [];
    for (const place of await placesOf(uri, name, names, random)) {
      for (const host of await names.addresses(place.name)) {
        const port = place.port ?? DEFAULT_PORTS[place.transport];
        targets.push({ transport: place.transport, host, port, name: uri.host });
      }
      if (targets.length >= MAX_TARGETS) break;
    }
    return targets;
  };
}

async function placesOf(uri: SipUri, name: string, names: NameServer, random: Random): Promise<readonly Place[]> {
  const asked = parameter(uri.parameters, 'transport');
  const transport = transportOf(uri.scheme, asked);
  if (transport === undefined) return [];
  if (uri.port !== undefined) return [{ transport, name, port: uri.port }];
  const services = asked === undefined ? await servicesOf(uri, name, names) : [srvNameOf(transport, name)];
  for (const [label, of] of services) {
    const records = await names.srv(label);
    const places = inOrder(records, random).map((record) => ({ transport: of, name: record.name, port: record.port }));
    if (places.length > 0) return places.filter((place) => place.name !== '' && place.name !== '.');
  }
  return [{ transport, name, port: undefined }];
}

/** SRV names and their transports, the best first. A `sips` URI takes secure ones only. */
async function servicesOf(
  { scheme }: SipUri,
  name: string,
  names: NameServer,
): Promise<readonly (readonly [name: string, SipTransport])[]> {
  const records = (await names.naptr(name)).filter(({ flags }) => flags.toLowerCase() === 's');
  const told = records
    .toSorted((a, b) => a.order - b.order || a.preference - b.preference)
    .flatMap(({ service, replacement }) => {
      const known = SERVICES.find(([of]) => of === service.toUpperCase());
      return known && isSecureEnough(scheme, known[2]) ? [[replacement, known[2]] as const] : [];
    });
  if (told.length > 0) return told;
  return GUESSED.filter((transport) => isSecureEnough(scheme, transport)).map((transport) =>
    srvNameOf(transport, name),
  );
}

function isSecureEnough(scheme: SipUri['scheme'], transport: SipTransport): boolean {
  return scheme === 'sip' || transport === 'tls' || transport === 'wss';
}

function srvNameOf(transport: SipTransport, name: string): readonly [string, SipTransport] {
  const label = SERVICES.find(([, , of]) => of === transport)?.[1] ?? '';
  return [`${label}.${name}`, transport];
}

/** By priority; among equals by lot, in proportion to their weights. @see RFC 2782 */
function inOrder(records: readonly SrvRecord[], random: Random): SrvRecord[] {
  const left = records.toSorted((a, b) => a.priority - b.priority || a.weight - b.weight);
  const ordered: SrvRecord[] = [];
  while (left.length > 0) {
    const equals = left.filter(({ priority }) => priority === left[0]?.priority);
    let lot = random.next() * equals.reduce((sum, { weight }) => sum + weight, 0);
    const drawn = equals.findIndex(({ weight }) => {
      lot -= weight;
      return lot <= 0;
    });
    ordered.push(...left.splice(Math.max(0, drawn), 1));
  }
  return ordered;
}
