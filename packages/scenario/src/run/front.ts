import { mkdirSync } from 'node:fs';
import { type JoinTarget, KamailioProxy } from '@plugfest/endpoints';
import type { CertificateAuthority, HopNames } from '@plugfest/federation';
import type { Clock, Plan } from '@plugfest/model';
import type { EventLog } from '../event-log.ts';
import type { RunDirectory } from '../run-directory.ts';

export interface FrontSurroundings {
  readonly bridge: JoinTarget['bridge'];
  readonly authority: CertificateAuthority;
  readonly directory: RunDirectory;
  readonly names: HopNames;
  readonly log: EventLog;
  readonly clock: Clock;
}

/** Where participants call: the bridge itself, or the proxy that stands before it. */
export async function openFront(
  plan: Plan,
  { bridge, authority, directory, names, log, clock }: FrontSurroundings,
  resources: AsyncDisposableStack,
): Promise<JoinTarget['bridge']> {
  if (plan.conference.proxy === undefined) return bridge;
  const workDir = directory.file('work/kamailio');
  mkdirSync(workDir, { recursive: true });
  const proxy = resources.use(
    await KamailioProxy.open({
      clock,
      bridge,
      identity: await authority.issue(['kamailio.corp.example', 'conference.corp.example']),
      caPem: authority.certificate,
      workDir,
    }),
  );
  let isOver = false;
  resources.defer(() => {
    isOver = true;
  });
  void proxy.exited.then(() => {
    if (!isOver) log.emit('proxy.fault', undefined, { message: 'Kamailio ended' });
  });
  const { udp, tcp, tls, ws } = proxy.addresses;
  for (const address of [udp, tcp, tls, new URL(ws).host]) names.listens('kamailio', address);
  log.emit('proxy.started', undefined, { name: 'kamailio', addresses: proxy.addresses });
  return proxy.addresses;
}
