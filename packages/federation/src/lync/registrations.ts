import { header, type SipHeader, type SipRequest } from '@plugfest/sip';
import type { Flow } from '@plugfest/sip-node';
import type { EndpointTable } from './endpoint-table.ts';
import type { Authenticator, SecurityAssociation } from './security-association.ts';
import type { LyncUser } from './user-record.ts';
import { ALLOW_EVENTS, addressIn, type ServiceResponse } from './user-services.ts';

export interface RegistrationParts {
  readonly endpoints: EndpointTable;
  readonly authenticator: Authenticator;
  readonly userOf: (address: string) => LyncUser | undefined;
  readonly diagnostics: (id: number, reason: string) => SipHeader;
  /** Certificate names of servers who answer for their users. */
  readonly trusted: readonly string[];
}

const REGISTRATION_S = 7200;

/** Signing in: REGISTERs, with a challenge for who has a password. @see [MS-SIPREGE] §3.2 */
export class Registrations {
  readonly #parts: RegistrationParts;

  constructor(parts: RegistrationParts) {
    this.#parts = parts;
  }

  /** The answer to a REGISTER. */
  handle(request: SipRequest, flow: Flow): ServiceResponse {
    const address = addressIn(request, 'To');
    const user = this.#parts.userOf(address);
    const reason = 'Destination URI either not enabled for SIP or does not exist';
    if (user === undefined) return { statusCode: 404, headers: [this.#parts.diagnostics(4005, reason)] };
    const known = this.#parts.endpoints.byFlow(flow);
    const isVouchedFor = this.#parts.trusted.some((name) => flow.peerIdentity.includes(name));
    if (user.password === undefined || isVouchedFor) return this.#registered(request, flow, address, undefined);
    if (known?.address === address && known.association?.verifies(request))
      return this.#registered(request, flow, address, known.association);
    const outcome = this.#parts.authenticator.authenticate(request, address);
    return outcome.kind === 'established'
      ? this.#registered(request, flow, address, outcome.association)
      : { statusCode: 401, headers: outcome.headers };
  }

  #registered(
    request: SipRequest,
    flow: Flow,
    address: string,
    association: SecurityAssociation | undefined,
  ): ServiceResponse {
    const endpoint = this.#parts.endpoints.register(request, address, flow, association);
    if (endpoint === undefined) return { statusCode: 400 };
    const expires = isLeaving(request) ? 0 : REGISTRATION_S;
    const { contactUri, instance, gruu } = endpoint;
    const headers: SipHeader[] = [
      { name: 'ms-keep-alive', value: 'UAS; tcp=no; hop-hop=yes; end-end=no; timeout=300' },
      { name: 'Contact', value: `<${contactUri}>;expires=${expires};+sip.instance="<${instance}>";gruu="${gruu}"` },
      { name: 'Expires', value: String(expires) },
      { name: 'presence-state', value: `register-action="${isLeaving(request) ? 'removed' : 'added'}"` },
      { name: 'Allow-Events', value: ALLOW_EVENTS },
      { name: 'Supported', value: 'adhoclist' },
      { name: 'Supported', value: 'msrtc-event-categories' },
    ];
    return { statusCode: 200, headers };
  }
}

/** Whether a REGISTER signs out. */
export function isLeaving(request: SipRequest): boolean {
  return Number(header(request, 'Expires') ?? REGISTRATION_S) === 0;
}
