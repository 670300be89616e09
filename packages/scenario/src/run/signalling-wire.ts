import type { JoinTarget } from '@plugfest/endpoints';
import type { Clock, ParticipantPlan } from '@plugfest/model';
import { StreamRelay } from '@plugfest/wire';

const HOST = '127.0.0.1';

/** The way of a participant's signalling: through relays where its network does something to streams, else as it is. */
export async function throughRelays(
  target: JoinTarget,
  { network }: ParticipantPlan,
  clock: Clock,
  resources: AsyncDisposableStack,
): Promise<{ readonly target: JoinTarget; readonly relays: readonly StreamRelay[] }> {
  const impairment = network?.signalling;
  if (!impairment) return { target, relays: [] };
  const relays: StreamRelay[] = [];
  const through = async (remote: string): Promise<string> => {
    const relay = resources.use(await StreamRelay.open({ host: HOST, remote, clock, impairment }));
    relays.push(relay);
    return relay.address;
  };
  const { tcp, tls, ws, ...rest } = target.bridge;
  const url = ws === undefined ? undefined : new URL(ws);
  if (url) url.host = await through(url.host);
  const bridge = {
    ...rest,
    ...(tcp === undefined ? {} : { tcp: await through(tcp) }),
    ...(tls === undefined ? {} : { tls: await through(tls) }),
    ...(url ? { ws: url.href } : {}),
  };
  const proxy = target.outboundProxy === undefined ? {} : { outboundProxy: await through(target.outboundProxy) };
  const web = target.web ? { web: { ...target.web, through: await through(target.web.address) } } : {};
  return { target: { ...target, bridge, ...proxy, ...web }, relays };
}
