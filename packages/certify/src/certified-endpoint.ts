import type { ParticipantSpec } from '@plugfest/scenario';

/** What a vendor writes: who is certified, and what it says of itself that it cannot do. */
export interface CertifiedEndpoint {
  /** As it stands on the certificate. */
  readonly name: string;
  readonly vendor: string;
  readonly version: string;
  /** Who takes part; of a bridge, nobody. */
  readonly participant?: ParticipantSpec;
  /** Of a bridge: where its conference is called, `sip:room@host:port;transport=udp`, or `reference`, which is ours. */
  readonly bridge?: string;
  /** Requirements that it does not claim, by id or by the beginning of ids that ends in `/`, with the reason. All of them stand on the first page. */
  readonly unsupported?: Readonly<Record<string, string>>;
}

/** Types an endpoint's file; the definition comes back as it is. */
export function endpoint<Definition extends CertifiedEndpoint>(definition: Definition): Definition {
  return definition;
}
