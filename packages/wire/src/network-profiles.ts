import type { Network } from '@plugfest/model';

export interface NetworkProfile {
  readonly name: string;
  readonly what: string;
  /** Where its numbers are from; `chosen` where they are ours. */
  readonly source: string;
  readonly network: Pick<Network, 'sent' | 'received'>;
}

const LOADERO = 'Loadero wiki, “Network conditions”';
const both = (one: NonNullable<Network['sent']>): NetworkProfile['network'] => ({ sent: one, received: one });

/** Networks that people sit behind. Delays are one way. */
export const NETWORK_PROFILES: readonly NetworkProfile[] = [
  {
    name: 'wifi',
    what: 'a home’s Wi-Fi with neighbours: short bursts of loss, delays that spread',
    source: 'chosen: a burst of 2.5 packets each 500, spread by a heavy tail of 4 ms',
    network: both({
      burstLoss: { toBad: 0.002, toGood: 0.4, lossInBad: 1, lossInGood: 0 },
      delayMs: 3,
      jitterMs: 4,
      jitterShape: 'pareto',
    }),
  },
  {
    name: 'lte',
    what: '4G on the move',
    source: `${LOADERO}: 4G (100/50 Mbit/s, 0.2 %, 45 ms, 5/15 ms)`,
    network: {
      received: { rateBps: 100e6, lossRatio: 0.002, delayMs: 45, jitterMs: 5 },
      sent: { rateBps: 50e6, lossRatio: 0.002, delayMs: 45, jitterMs: 15 },
    },
  },
  {
    name: '3g',
    what: '3G: a rate below what video asks for',
    source: `${LOADERO}: 3G (1200 kbit/s, 0.5 %, 250 ms, 50 ms)`,
    network: both({ rateBps: 1.2e6, lossRatio: 0.005, delayMs: 250, jitterMs: 50 }),
  },
  {
    name: 'vpn',
    what: 'a tunnel: long packets do not fit, and a concentrator adds delay',
    source:
      'chosen: 1500 less IPv4, UDP and the largest overhead of ESP in tunnel mode with AES-CBC and SHA-256 (RFC 4303)',
    network: both({ mtuBytes: 1384, delayMs: 25, jitterMs: 5 }),
  },
  {
    name: 'satellite',
    what: 'one hop by a geostationary satellite',
    source: `ITU-T G.114 (2003), table A.1: 260 ms one way; rates of ${LOADERO}: satellite phone (1000/256 kbit/s)`,
    network: {
      received: { rateBps: 1e6, delayMs: 260 },
      sent: { rateBps: 256e3, delayMs: 260 },
    },
  },
  {
    name: 'hotel',
    what: 'a hotel’s network in the evening: loss, and a queue that is too long',
    source: 'chosen: 2 Mbit/s behind half a second of queue, 1 % loss in bursts of two',
    network: both({
      rateBps: 2e6,
      queueBytes: 125_000,
      delayMs: 40,
      jitterMs: 20,
      burstLoss: { toBad: 0.005, toGood: 0.5, lossInBad: 1, lossInGood: 0 },
    }),
  },
  {
    name: 'loss-10',
    what: 'every tenth packet is lost, each on its own',
    source: `${LOADERO}: 10 % packet loss`,
    network: both({ lossRatio: 0.1 }),
  },
];

export function networkProfile(name: string): Network | undefined {
  const found = NETWORK_PROFILES.find((profile) => profile.name === name);
  return found && { profile: found.name, ...found.network };
}
