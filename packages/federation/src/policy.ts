/**
 * Who may reach whom between a Lync domain and the public provider (Skype): the rules of the seed case, as one pure function over facts.
 *
 * The order of the rules is the order in which a real call meets them: the domain's provisioning, the provider, the user's external access
 * policy, the client that calls, and last the privacy of the person called.
 */

/** Options → Alerts → "Contacts not using Lync" of a Lync 2013 user. */
export type PrivacySetting = 'allow-invites-block-other' | 'allow-anyone';

export type FederationRule =
  | 'domain-provisioned'
  | 'provider-enabled'
  | 'user-enabled-for-public-access'
  | 'client-version'
  | 'contact-missing-at-callee'
  | 'contact-missing-at-caller'
  | 'contact-missing-at-both';

export interface FederationPolicy {
  /** The domain was registered with the public provider (the provisioning form: access edge FQDN and SIP domains). */
  readonly domainProvisioned: boolean;
  /** `Set-CsPublicProvider -Enabled`. */
  readonly providerEnabled: boolean;
  /** Users whose external access policy has public access (`EnablePublicCloudAccess`), as `user@domain`. */
  readonly publicAccessUsers: readonly string[];
  /** Per user (`user@domain`); who is not listed allows anyone. */
  readonly privacy: Readonly<Record<string, PrivacySetting>>;
  /** Per user (`user@domain`): the people on their contact list. */
  readonly contacts: Readonly<Record<string, readonly string[]>>;
  /** The answer of a blocking privacy setting; no record gives the exact reply, so it is a choice. [M] */
  readonly privacyStatusCode: 480 | 603;
  /** How a Skype leg reaches the bridge; see `SKYPE_PATHS`. */
  readonly skypePath: SkypePath;
}

/** How a Skype leg reaches a third-party bridge. No record shows a direct dial, so it is a named choice. [M] */
export type SkypePath = 'trusted-application' | 'direct-federation' | 'dual-homed';

export const SKYPE_PATHS: Record<SkypePath, string> = {
  'trusted-application':
    'Skype edge → the Lync domain’s edge → the bridge as a trusted application of that domain (policy of the conference’s owner applies at the edge)',
  'dual-homed':
    'the conference has two homes, Lync’s AVMCU and the bridge: Lync and Skype clients call the AVMCU (Skype through the edge of the Lync domain), which calls the bridge for each of them',
  'direct-federation':
    'Skype edge → the bridge as a direct federated partner (policy applies where the owner’s domain admits the call)',
};

/** What is asked for across the border. */
export const SERVICES = ['presence', 'im', 'audio', 'video'] as const;
export type Service = (typeof SERVICES)[number];

/** One request as the edge sees it. URIs as `user@domain`, lower case. */
export interface CallFacts {
  readonly service: Service;
  readonly caller: string;
  /** The person called, or the owner of the conference that is called. */
  readonly callee: string;
  /** True where the caller comes from the public provider. */
  readonly fromPublicProvider: boolean;
  /** `User-Agent`-like product and version of the calling client. */
  readonly client: { readonly product: string; readonly version: string };
}

/** A refusal as it goes on the wire: MS-OCER number and text, and our rule's name beside it. */
export interface Refusal {
  readonly rule: FederationRule;
  readonly statusCode: number;
  readonly reasonPhrase: string;
  /** `ms-diagnostics` number and reason (MS-OCER; FEDERATION §1.6). */
  readonly errorId: number;
  readonly errorReason: string;
}

export type Decision = { readonly allowed: true } | ({ readonly allowed: false } & Refusal);

interface RuleRow {
  readonly rule: FederationRule;
  /** What it may stand in the way of; everything where absent. */
  readonly services?: readonly Service[];
  readonly broken: (call: CallFacts, policy: FederationPolicy) => boolean;
  readonly statusCode: number | 'privacy';
  readonly reasonPhrase: string;
  readonly errorId: number;
  readonly errorReason: string;
}

/** Skype for Windows desktop that can do video with Lync (press of December 2014). */
export const MINIMUM_SKYPE_VERSION = '7.0.0.100';

const has = (policy: FederationPolicy, owner: string, other: string): boolean =>
  (policy.contacts[owner] ?? []).includes(other);

/** True where the callee's setting asks for both contact lists. */
const asksForContacts = (call: CallFacts, policy: FederationPolicy): boolean =>
  policy.privacy[call.callee] === 'allow-invites-block-other';

/** Privacy hides presence, and refuses the rest. */
const CONVERSATION: readonly Service[] = ['im', 'audio', 'video'];

const RULES: readonly RuleRow[] = [
  {
    rule: 'domain-provisioned',
    broken: (_, policy) => !policy.domainProvisioned,
    statusCode: 504,
    reasonPhrase: 'Server time-out',
    errorId: 1008,
    errorReason: 'Unable to resolve DNS SRV record',
  },
  {
    rule: 'provider-enabled',
    broken: (_, policy) => !policy.providerEnabled,
    statusCode: 403,
    reasonPhrase: 'Forbidden',
    errorId: 1012,
    errorReason: 'From URI is not authorized to communicate with users outside the enterprise',
  },
  {
    rule: 'user-enabled-for-public-access',
    broken: (call, policy) => !policy.publicAccessUsers.includes(call.callee),
    statusCode: 403,
    reasonPhrase: 'Forbidden',
    errorId: 1001,
    errorReason: 'From URI is not authorized to communicate with public IM providers',
  },
  {
    rule: 'client-version',
    services: ['video'],
    broken: (call) =>
      call.client.product === 'Skype' && compareVersions(call.client.version, MINIMUM_SKYPE_VERSION) < 0,
    statusCode: 488,
    reasonPhrase: 'Not Acceptable Here',
    errorId: 52063,
    errorReason: 'Unsupported session description',
  },
  {
    rule: 'contact-missing-at-both',
    services: CONVERSATION,
    broken: (call, policy) =>
      asksForContacts(call, policy) && !has(policy, call.callee, call.caller) && !has(policy, call.caller, call.callee),
    statusCode: 'privacy',
    reasonPhrase: 'Temporarily Unavailable',
    errorId: 13008,
    errorReason: 'Removed for privacy',
  },
  {
    rule: 'contact-missing-at-callee',
    services: CONVERSATION,
    broken: (call, policy) => asksForContacts(call, policy) && !has(policy, call.callee, call.caller),
    statusCode: 'privacy',
    reasonPhrase: 'Temporarily Unavailable',
    errorId: 13008,
    errorReason: 'Removed for privacy',
  },
  {
    rule: 'contact-missing-at-caller',
    services: CONVERSATION,
    broken: (call, policy) => asksForContacts(call, policy) && !has(policy, call.caller, call.callee),
    statusCode: 'privacy',
    reasonPhrase: 'Temporarily Unavailable',
    errorId: 13008,
    errorReason: 'Removed for privacy',
  },
];

/** Lets a call through or names the first rule that blocks it. Calls inside federation's enterprise side meet no public-provider rule. */
export function decide(call: CallFacts, policy: FederationPolicy): Decision {
  if (!call.fromPublicProvider) return { allowed: true };
  const row = RULES.find(({ services = SERVICES, broken }) => services.includes(call.service) && broken(call, policy));
  if (!row) return { allowed: true };
  const { rule, errorId, errorReason } = row;
  if (row.statusCode !== 'privacy') {
    return { allowed: false, rule, statusCode: row.statusCode, reasonPhrase: row.reasonPhrase, errorId, errorReason };
  }
  const reasonPhrase = policy.privacyStatusCode === 603 ? 'Decline' : row.reasonPhrase;
  return { allowed: false, rule, statusCode: policy.privacyStatusCode, reasonPhrase, errorId, errorReason };
}

/**
 * Whether who subscribes is told the presence of the person called. The default ACE has the public cloud in container 32000, blocked, so nobody of it is told
 * before being accepted; a setting that blocks others also asks that the subscriber has the person on the list (FEDERATION §1.4).
 */
export function isPresenceShown(call: CallFacts, policy: FederationPolicy): boolean {
  if (!call.fromPublicProvider) return true;
  if (!has(policy, call.callee, call.caller)) return false;
  return !asksForContacts(call, policy) || has(policy, call.caller, call.callee);
}

/** Negative, zero or positive, part by part as numbers; a missing or non-numeric part counts as 0. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map((part) => Number.parseInt(part, 10) || 0));
  const length = Math.max(left?.length ?? 0, right?.length ?? 0);
  for (let i = 0; i < length; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
