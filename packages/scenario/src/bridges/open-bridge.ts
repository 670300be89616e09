import type { CertificateAuthority } from '@plugfest/federation';
import type { Plan } from '@plugfest/model';
import type { BridgeWatchOptions } from '../run/bridge-watch.ts';
import type { ConferenceBridge } from './conference-bridge.ts';
import { ReferenceBridge } from './reference-bridge.ts';
import { parseConferenceAddress, SipUriBridge } from './sip-uri-bridge.ts';

/** The bridge that a plan names, or ours. @throws where it does not come up, or its address is none */
export async function openBridge(
  plan: Plan,
  host: string,
  authority: CertificateAuthority,
  watching: Omit<BridgeWatchOptions, 'controlUrl' | 'plan'>,
  mediaKeysFile?: string,
): Promise<ConferenceBridge> {
  const { bridge, proxy: _, ...conference } = plan.conference;
  if (bridge !== undefined) {
    const address = parseConferenceAddress(bridge.address);
    if (!address.ok) throw new Error(address.error);
    const called = new SipUriBridge(address.value);
    watching.log.emit('bridge.started', undefined, { adapter: called.adapter, addresses: called.addresses });
    return called;
  }
  return ReferenceBridge.open(
    {
      domain: host,
      tls: { ...(await authority.issue([host])), ca: authority.certificate },
      conference,
      sabotage: plan.sabotage.length > 0,
    },
    { ...watching, plan },
    mediaKeysFile,
  );
}
