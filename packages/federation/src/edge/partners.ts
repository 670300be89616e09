import type { NameServer } from '@plugfest/sip-node';
import type { Denial } from './denials.ts';

/** What an edge knows a domain as. There is no class for public providers: they are authorized servers in the public cloud. @see [MS-SIPRE] §2.2.15 */
export type SourceType = 'AutoFederation' | 'DirectPartner' | 'AuthorizedServer';

/** A row of the allow list, or a hosting provider. */
export interface PartnerRule {
  readonly domain: string;
  /** With the edge's FQDN it is a direct partner; by domain alone its edge is looked up. @see dn439139 */
  readonly edge?: string;
  /** A provider whose proxy speaks for its users. */
  readonly provider?: {
    readonly proxy: string;
    readonly network: 'publiccloud' | 'federation';
    /** `msn.com`: how people of other domains are called there. */
    readonly nameDecorationDomain?: string;
    /** What the trust header says of its users. `UseSourceVerification` believes what came. */
    readonly verification: 'AlwaysVerifiable' | 'AlwaysUnverifiable' | 'UseSourceVerification';
  };
}

export interface PartnerPolicy {
  readonly allowed: readonly PartnerRule[];
  readonly blocked: readonly string[];
  /** Domains on no list are looked up and spoken with. */
  readonly discovers: boolean;
}

/** A domain that may be spoken with, and by which edge. */
export interface Partner {
  readonly domain: string;
  readonly sourceType: SourceType;
  readonly network: 'publiccloud' | 'federation';
  /** Name that the certificate of its edge must bear. */
  readonly edge: string;
  readonly rule: PartnerRule | undefined;
  /** Where SRV says it is. */
  readonly port: number;
  readonly host: string;
}

export type PartnerOutcome =
  | { readonly ok: true; readonly partner: Partner }
  | { readonly ok: false; readonly denial: Denial };

/** Finds a domain's edge and class: block list first, then the allow list, then discovery. @see FEDERATION §2 Classes */
export async function findPartner(domain: string, policy: PartnerPolicy, names: NameServer): Promise<PartnerOutcome> {
  const rule = policy.allowed.find((row) => row.domain.toLowerCase() === domain);
  if (policy.blocked.some((blocked) => blocked.toLowerCase() === domain))
    return { ok: false, denial: 'not-for-partners' };
  if (rule === undefined && !policy.discovers) return { ok: false, denial: 'cannot-route' };
  const [record] = await names.srv(`_sipfederationtls._tcp.${domain}`);
  if (record === undefined) return { ok: false, denial: 'no-srv' };
  const fixed = rule?.provider?.proxy ?? rule?.edge;
  const edge = (fixed ?? record.name).toLowerCase();
  if (fixed === undefined && !isWithin(edge, domain)) return { ok: false, denial: 'srv-conflicts' };
  const [host] = await names.addresses(edge);
  if (host === undefined) return { ok: false, denial: 'no-address' };
  const sourceType = rule?.provider ? 'AuthorizedServer' : rule?.edge ? 'DirectPartner' : 'AutoFederation';
  const network = rule?.provider?.network ?? 'federation';
  return { ok: true, partner: { domain, sourceType, network, edge, rule, port: record.port, host } };
}

/** A server speaks for its own domain and those below. */
function isWithin(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}
