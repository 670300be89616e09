import { ruleNamedIn } from '@plugfest/federation';
import type { EndpointContext, JoinOutcome } from '../endpoint.ts';
import type { ClientEvent } from './client-protocol.ts';

/** What a client's word of a refusal comes to. */
export function refusalOf(
  { statusCode, reasonPhrase, diagnostics }: Extract<ClientEvent, { type: 'refused' }>,
  { plan, clock }: Pick<EndpointContext, 'plan' | 'clock'>,
): JoinOutcome {
  const rule = ruleNamedIn({ headers: [{ name: 'ms-diagnostics', value: diagnostics ?? '' }], body: new Uint8Array() });
  return {
    joined: false,
    refusal: { participant: plan.id, statusCode, reasonPhrase, rule, diagnostics, atUs: clock.nowUs() },
  };
}
