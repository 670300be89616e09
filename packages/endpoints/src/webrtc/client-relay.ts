import { networkInterfaces } from 'node:os';
import { CAPABILITIES } from '../capabilities.ts';
import type { EndpointContext, JoinTarget } from '../endpoint.ts';
import type { ClientCall } from './client-protocol.ts';
import { JANUS_LINES, JanusRelay } from './janus-relay.ts';
import { WebSocketSipRelay } from './websocket-sip-relay.ts';
import { WHIP_LINES, WhipRelay } from './whip-relay.ts';

/** M-lines of a call by SIP. */
const SIP_LINES = 2;

/** Puts the wire between a WebRTC client and the bridge; where the client is to call. @throws where the bridge cannot be called so */
export async function openClientRelay(
  { bridge }: JoinTarget,
  { plan, openWire }: Pick<EndpointContext, 'plan' | 'openWire'>,
  resources: AsyncDisposableStack,
): Promise<ClientCall['by']> {
  if (bridge.janus !== undefined) {
    const { url, room, wall } = bridge.janus;
    const relay = resources.use(await JanusRelay.open(url, await openWire(JANUS_LINES, addressOfJanus())));
    return { janusUrl: relay.url, room, wall, person: plan.id };
  }
  if (callsByWhip(plan.profile)) {
    if (bridge.http === undefined) throw new Error('a client without SIP needs a bridge that speaks WHIP and WHEP');
    return { whipUrl: resources.use(await WhipRelay.open(bridge.http, await openWire(WHIP_LINES))).url };
  }
  if (bridge.ws === undefined) throw new Error('a WebRTC client needs a bridge that listens on WebSocket');
  return { webSocketUrl: resources.use(await WebSocketSipRelay.open(bridge.ws, await openWire(SIP_LINES))).url };
}

/** Whether participants of that profile come without SIP. */
export function callsByWhip(profile: string): boolean {
  const manifests: Readonly<Record<string, { readonly transports: readonly string[] }>> = CAPABILITIES;
  return manifests[profile]?.transports.includes('HTTP') === true;
}

/** Janus has its media on this machine's own address, never on the loopback, and libnice pairs the two with nothing but each other. @throws where there is none */
function addressOfJanus(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((of) => of ?? []);
  const own = addresses.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (!own) throw new Error('Janus needs an IPv4 address besides the loopback, and this machine has none');
  return own.address;
}
