import { join } from 'node:path';
import type { CertificateAuthority } from '@plugfest/federation';
import { hostClock } from '@plugfest/host';
import type { Plan } from '@plugfest/model';
import type { EventLog } from '../event-log.ts';
import type { BridgeWatchOptions } from '../run/bridge-watch.ts';
import type { ConferenceBridge } from './conference-bridge.ts';
import { JANUS } from './janus/janus-config.ts';
import { JanusBridge } from './janus-bridge.ts';
import { ReferenceBridge } from './reference-bridge.ts';
import { parseConferenceAddress, SipUriBridge } from './sip-uri-bridge.ts';

/** The bridge that a plan names, or ours. `workDir`: for the files of one that is started. @throws where it does not come up, or its address is none */
export async function openBridge(
  plan: Plan,
  host: string,
  authority: CertificateAuthority,
  watching: Omit<BridgeWatchOptions, 'controlUrl' | 'plan'>,
  workDir: string,
  mediaKeysFile?: string,
): Promise<ConferenceBridge> {
  const { bridge, proxy: _, ...conference } = plan.conference;
  if (bridge?.adapter === JANUS) return startJanus(plan, watching.log, join(workDir, JANUS));
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
      // Participants' pages are served from ports of their own.
      whip: { origins: ['*'] },
    },
    { ...watching, plan },
    mediaKeysFile,
  );
}

async function startJanus(plan: Plan, log: EventLog, workDir: string): Promise<JanusBridge> {
  const janus = await JanusBridge.open(plan, hostClock, workDir);
  log.emit('bridge.started', undefined, { adapter: janus.adapter, addresses: janus.addresses });
  return janus;
}
