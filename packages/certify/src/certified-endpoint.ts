import type { ParticipantSpec } from '@plugfest/scenario';

/** What a vendor writes: who is certified, and what it says of itself that it cannot do. */
export interface CertifiedEndpoint {
  /** As it stands on the certificate. */
  readonly name: string;
  readonly vendor: string;
  readonly version: string;
  readonly participant: ParticipantSpec;
  /** Requirements that it does not claim, by id or by the beginning of ids that ends in `/`, with the reason. All of them stand on the first page. */
  readonly unsupported?: Readonly<Record<string, string>>;
}

/** Types an endpoint's file; the definition comes back as it is. */
export function endpoint(definition: CertifiedEndpoint): CertifiedEndpoint {
  return definition;
}
