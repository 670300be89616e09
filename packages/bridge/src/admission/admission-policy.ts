import { unicodeOf } from '@plugfest/sip';
import type { IncomingSession } from '@plugfest/sip-node';
import { z } from 'zod';
import type { WhipArrival } from '../whip/whip-arrival.ts';
import { legClassOf, sourceNetworkOf, userAgentOf } from './leg-class.ts';

export const admissionConfigSchema = z.object({
  /** Is asked by GET about each call; `http` on the loopback unless the bridge itself is reached from elsewhere. */
  url: z.url({ protocol: /^https?$/ }),
  timeoutMs: z.number().min(50).max(30_000).default(2000),
  /** What is done where no answer can be had. */
  onFailure: z.enum(['refuse', 'admit']).default('refuse'),
});
export type AdmissionConfig = z.output<typeof admissionConfigSchema>;

const decisionSchema = z.discriminatedUnion('action', [
  /** In, into another conference where one is named. */
  z.object({ action: z.literal('continue'), conference: z.string().min(1).max(64).optional() }),
  z.object({
    action: z.literal('reject'),
    statusCode: z.number().int().min(400).max(699).default(403),
    reason: z.string().max(100).optional(),
  }),
  /** 302 to that SIP address. */
  z.object({ action: z.literal('redirect'), uri: z.string().regex(/^sips?:[^\s<>"]{1,200}$/i) }),
]);
export type AdmissionDecision = z.output<typeof decisionSchema>;

const REFUSED: AdmissionDecision = { action: 'reject', statusCode: 503, reason: 'No admission decision' };
/** A decision is a line or two. */
const MAX_ANSWER_BYTES = 16_384;

/** What the service is told, in the names that such services know. */
export type AdmissionFacts = Readonly<Record<AdmissionFact, string>>;
type AdmissionFact =
  | 'protocol'
  | 'leg_class'
  | 'source_network'
  | 'vendor'
  | 'local_alias'
  | 'remote_alias'
  | 'remote_display_name'
  | 'transport';

/**
 * Asks a service of the user's whether a call may come in: the admission hook of bridges of the field, keyed on what the edge says of the source network.
 * `reason` tells why the answer is the bridge's own where the service gave none.
 */
export async function askAdmission(
  facts: AdmissionFacts,
  config: AdmissionConfig,
): Promise<{ readonly decision: AdmissionDecision; readonly fault?: string }> {
  const url = new URL(config.url);
  for (const [name, value] of Object.entries(facts)) url.searchParams.set(name, value);
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(config.timeoutMs), redirect: 'error' });
    if (!response.ok) throw new Error(`the policy service answered ${response.status}`);
    const text = await response.text();
    if (text.length > MAX_ANSWER_BYTES) throw new Error('the policy service’s answer is too long');
    return { decision: decisionSchema.parse(JSON.parse(text)) };
  } catch (fault) {
    const decision: AdmissionDecision = config.onFailure === 'admit' ? { action: 'continue' } : REFUSED;
    return { decision, fault: fault instanceof Error ? fault.message : String(fault) };
  }
}

/** What the service is told of a call. */
export function sipFacts({
  request,
  requestUser,
  remoteUri,
  remoteDisplayName,
  flow,
}: Pick<IncomingSession, 'request' | 'requestUser' | 'remoteUri' | 'remoteDisplayName' | 'flow'>): AdmissionFacts {
  const legClass = legClassOf(request);
  return {
    protocol: legClass.startsWith('mssip') || legClass === 'skype-gw' ? 'mssip' : 'sip',
    leg_class: legClass,
    source_network: sourceNetworkOf(request),
    vendor: unicodeOf(userAgentOf(request)),
    local_alias: requestUser,
    remote_alias: remoteUri,
    remote_display_name: remoteDisplayName ?? '',
    transport: flow?.transport ?? '',
  };
}

/** What the service is told of somebody who comes without SIP. */
export function whipFacts({ signalling, room, uri = '', displayName = '', userAgent }: WhipArrival): AdmissionFacts {
  return {
    protocol: signalling,
    leg_class: 'webrtc',
    source_network: 'unknown',
    vendor: userAgent,
    local_alias: room,
    remote_alias: uri,
    remote_display_name: displayName,
    transport: 'http',
  };
}
