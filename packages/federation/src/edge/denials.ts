import type { SipHeader } from '@plugfest/sip';
import type { ResponseSpec } from '@plugfest/sip-node';

/** Why an edge lets nothing through. Numbers and texts are [MS-OCER]'s; which status goes with 1008 to 1010 and 1027 is a choice [M]. @see FEDERATION §1.6, §2 Denials */
export const DENIALS = {
  'not-for-public-providers': [403, 1001, 'From URI not authorized to communicate with public IM providers'],
  'not-for-partners': [403, 1002, 'From URI not authorized to communicate with federated partners'],
  'no-such-user': [404, 1003, 'User does not exist'],
  'route-set-invalid': [403, 1004, 'Route set is invalid'],
  'cannot-route': [404, 1005, 'Cannot route to destination domain'],
  busy: [503, 1007, 'Temporarily cannot route'],
  'no-srv': [504, 1008, 'Unable to resolve DNS SRV record'],
  'srv-conflicts': [504, 1009, 'Conflicting SRV and host domains in DNS'],
  'no-trust': [504, 1010, 'Certificate trust with next-hop server could not be established'],
  'not-outside': [403, 1012, 'From URI is not authorized to communicate with users outside the enterprise'],
  'no-address': [504, 1014, 'Unable to resolve DNS A record'],
  method: [403, 1027, 'Cannot route this type of SIP request to or from federated partners'],
  'not-enabled': [404, 4005, 'Destination URI either not enabled for SIP or does not exist'],
} as const satisfies Record<string, readonly [statusCode: number, id: number, reason: string]>;
export type Denial = keyof typeof DENIALS;

/** Said inside of a partner's failure that says nothing of itself. */
export const NOT_REPORTED: readonly [number, string] = [
  1034,
  'Previous hop federated peer did not report diagnostic information',
];

/**
 * The diagnosis of a denial: with its source for one's own people; a federated partner is told number and reason in the public header, and not by which server.
 * @see FEDERATION §1.6: `ms-diagnostics` is not sent to federated partners (dd129967); `ms-diagnostics-public` in its place [M]
 */
export function diagnosis(id: number, reason: string, source: string, isForPartner: boolean): SipHeader {
  return isForPartner
    ? { name: 'ms-diagnostics-public', value: `${id};reason="${reason}"` }
    : { name: 'ms-diagnostics', value: `${id};reason="${reason}";source="${source}"` };
}

export function denialResponse(denial: Denial, source: string, isForPartner: boolean): ResponseSpec {
  const [statusCode, id, reason] = DENIALS[denial];
  return { statusCode, headers: [diagnosis(id, reason, source, isForPartner)] };
}
