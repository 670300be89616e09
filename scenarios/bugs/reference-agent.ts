import type { Clock } from '@plugfest/model';
import type { Probe } from '@plugfest/probe';
import { UserAgent } from '@plugfest/sip-node';

/** The SIP stack of the reference bridge by itself, for what the bridge never does on its own: to ring reliably, to re-INVITE. The probe then speaks with it. */
export async function referenceAgent(probe: Probe, clock: Clock = probe.context.clock): Promise<UserAgent> {
  const agent = await UserAgent.open({
    clock,
    random: probe.context.random.fork('reference agent'),
    listen: [{ transport: 'udp', host: '127.0.0.1' }],
    aor: 'sip:agent@probe.example',
    supported: ['100rel'],
    userAgentHeader: 'Plugfest reference agent',
  });
  const [address] = agent.addresses;
  probe.turnsTo(`${address?.host}:${address?.port}`);
  return agent;
}
