import { addressOf, header, parameter, type SipRequest } from '@plugfest/sip';
import type { Flow } from '@plugfest/sip-node';
import type { SecurityAssociation } from './security-association.ts';

/** One client of one user: where it is, and what its messages are signed with. */
export interface Endpoint {
  /** `user@domain`. */
  readonly address: string;
  readonly epid: string;
  readonly contactUri: string;
  readonly instance: string;
  /** The public name of this very client. @see [MS-SIPRE] §3.5 */
  readonly gruu: string;
  readonly flow: Flow;
  readonly association: SecurityAssociation | undefined;
}

const MAX_ENDPOINTS_PER_USER = 8;

/** Who is signed in, by user, by GRUU and by connection. */
export class EndpointTable {
  readonly #endpoints = new Map<string, Endpoint>();

  /** Takes a REGISTER's Contact in; undefined where it has none, or the user has too many clients. */
  register(
    request: SipRequest,
    address: string,
    flow: Flow,
    association: SecurityAssociation | undefined,
  ): Endpoint | undefined {
    const contact = addressOf(request, 'Contact');
    if (contact === undefined) return undefined;
    const instance = (parameter(contact.parameters, '+sip.instance') ?? '').replaceAll(/["<>]/g, '');
    const epid = /;epid=([0-9a-zA-Z]{1,32})/i.exec(header(request, 'From') ?? '')?.[1] ?? '';
    const key = keyOf(address, epid || contact.uri);
    if (!this.#endpoints.has(key) && this.of(address).length >= MAX_ENDPOINTS_PER_USER) return undefined;
    const gruu = `sip:${address};opaque=user:epid:${opaqueOf(instance || contact.uri)};gruu`;
    const endpoint = { address, epid, contactUri: contact.uri, instance, gruu, flow, association };
    this.#endpoints.delete(key);
    this.#endpoints.set(key, endpoint);
    return endpoint;
  }

  unregister({ address, epid, contactUri }: Endpoint): void {
    this.#endpoints.delete(keyOf(address, epid || contactUri));
  }

  /** All that came over a connection that is gone. */
  dropFlow(flow: Flow): readonly Endpoint[] {
    const gone = [...this.#endpoints.values()].filter((endpoint) => endpoint.flow.id === flow.id);
    for (const endpoint of gone) this.unregister(endpoint);
    return gone;
  }

  /** A user's clients, the one that registered last first. */
  of(address: string): readonly Endpoint[] {
    return [...this.#endpoints.values()].filter((endpoint) => endpoint.address === address).reverse();
  }

  /** Whose connection this is. */
  byFlow(flow: Flow): Endpoint | undefined {
    return [...this.#endpoints.values()].find((endpoint) => endpoint.flow.id === flow.id);
  }

  /** The client that a Request-URI means: by its GRUU, its Contact, or the user's newest one. */
  resolve(uri: string): Endpoint | undefined {
    const all = [...this.#endpoints.values()].reverse();
    const exact = all.find(({ gruu, contactUri }) => uri === contactUri || uri.startsWith(gruu));
    if (exact !== undefined || uri.includes(';opaque=user:epid:')) return exact;
    const address = /^sips?:([^;>?]*)/i.exec(uri)?.[1]?.toLowerCase();
    return all.find((endpoint) => endpoint.address === address);
  }
}

function keyOf(address: string, epid: string): string {
  return `${address} ${epid}`;
}

/** 16 octets of the UUID, the first three fields little-endian as a GUID has them, and two zeroes, in base64 for URLs. */
function opaqueOf(instance: string): string {
  const digits = instance.replaceAll(/urn:uuid:|-/gi, '');
  if (!/^[0-9a-f]{32}$/i.test(digits)) return Buffer.from(instance).toString('base64url');
  const bytes = Buffer.from(digits, 'hex');
  const guid = [bytes.subarray(0, 4), bytes.subarray(4, 6), bytes.subarray(6, 8)].map((part) =>
    Buffer.from(part).reverse(),
  );
  return Buffer.concat([...guid, bytes.subarray(8), Buffer.alloc(2)]).toString('base64url');
}
