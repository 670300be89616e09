import type { SipHeader } from '@plugfest/sip';

/** Says what an edge has verified of a caller; edges write it, and everybody else's is thrown away. @see [MS-SIPRE] §2.2.15 */
export const TRUST_HEADER = 'ms-edge-proxy-message-trust';

/** What `edge` (its FQDN) vouches for: a public provider is an AuthorizedServer in the public cloud, never a source type of its own. */
export function trustHeader(edge: string, fromPublicProvider: boolean): SipHeader {
  const [source, network] = fromPublicProvider ? ['AuthorizedServer', 'publiccloud'] : ['AutoFederation', 'federation'];
  return {
    name: TRUST_HEADER,
    value: `ms-source-type=${source};ms-ep-fqdn=${edge};ms-source-verified-user=verified;ms-source-network=${network}`,
  };
}
