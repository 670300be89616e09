import { hostClock } from '@plugfest/host';
import { seededRandom } from '@plugfest/model';
import { type IncomingSession, type SipTapEntry, UserAgent } from '@plugfest/sip-node';
import { CertificateAuthority } from './certificate-authority.ts';
import type { PolicyDecision } from './edge-proxy.ts';
import { type Federation, openFederation } from './federation.ts';
import { HopNames } from './hop-names.ts';
import type { FederationPolicy } from './policy.ts';

export const SOFIA = 'sofia@skype.example';
export const ANNA = 'anna@corp.example';
export const CONFERENCE_DOMAIN = 'conference.example';
export const CONFERENCE = `sip:room@${CONFERENCE_DOMAIN}`;
export const SKYPE_7 = 'SkypeLyncGateway/2.0 Skype/7.0.0.102 (Windows desktop)';
export const OFFER = Buffer.from('v=0\r\n');

/** For tests: a policy that lets Sofia's call to Anna's conference through. */
export const GOOD_POLICY: FederationPolicy = {
  domainProvisioned: true,
  providerEnabled: true,
  publicAccessUsers: [ANNA],
  privacy: { [ANNA]: 'allow-invites-block-other' },
  contacts: { [ANNA]: [SOFIA], [SOFIA]: [ANNA] },
  privacyStatusCode: 480,
  skypePath: 'trusted-application',
};

/** One message between two, by their names. */
export interface Hop {
  readonly from: string;
  readonly to: string;
  readonly source: string;
  readonly destination: string;
  readonly message: string;
}

/** For tests: both domains in front of a user agent that stands for the bridge and accepts every call. */
export class Deployment implements AsyncDisposable {
  readonly authority: CertificateAuthority;
  readonly bridge: UserAgent;
  readonly federation: Federation;
  /** Calls that reached the bridge. */
  readonly calls: IncomingSession[] = [];
  readonly hops: Hop[];
  readonly decisions: PolicyDecision[];
  /** What crossed sockets of the bridge. */
  readonly bridgeTap: SipTapEntry[];
  readonly #resources: AsyncDisposableStack;
  readonly #random = seededRandom(7);

  private constructor(
    parts: Pick<Deployment, 'authority' | 'bridge' | 'federation' | 'hops' | 'decisions' | 'bridgeTap'>,
    resources: AsyncDisposableStack,
  ) {
    this.authority = parts.authority;
    this.bridge = parts.bridge;
    this.federation = parts.federation;
    this.hops = parts.hops;
    this.decisions = parts.decisions;
    this.bridgeTap = parts.bridgeTap;
    this.#resources = resources;
    this.bridge.onInvite = (call) => {
      this.calls.push(call);
      call.accept({ body: Buffer.from('v=0\r\n') });
    };
  }

  static async open(policy: Partial<FederationPolicy> = {}): Promise<Deployment> {
    await using resources = new AsyncDisposableStack();
    const authority = await CertificateAuthority.create();
    const [hops, decisions, bridgeTap]: [Hop[], PolicyDecision[], SipTapEntry[]] = [[], [], []];
    const names = new HopNames((address) => address);
    const takeAtBridge = (entry: SipTapEntry): void => {
      bridgeTap.push(entry);
      const message = Buffer.from(entry.bytes).toString('latin1');
      const peer = names.peerOf({ ...entry, message });
      const [from, to] = entry.direction === 'received' ? [peer, 'bridge'] : ['bridge', peer];
      hops.push({ from, to, source: entry.source, destination: entry.destination, message });
    };
    const bridge = resources.use(await openBridge(authority, takeAtBridge));
    const { host, port } = bridge.addresses[0] ?? { host: '', port: 0 };
    const federation = resources.use(
      await openFederation({
        clock: hostClock,
        random: seededRandom(11),
        authority,
        policy: { ...GOOD_POLICY, ...policy },
        owner: ANNA,
        domains: ['corp.example', 'skype.example'],
        conferenceDomain: CONFERENCE_DOMAIN,
        bridgeTls: `${host}:${port}`,
        names,
        onSip: ({ from, to, source, destination, message }) => hops.push({ from, to, source, destination, message }),
        onDecision: (decision) => decisions.push(decision),
      }),
    );
    return new Deployment({ authority, bridge, federation, hops, decisions, bridgeTap }, resources.move());
  }

  /** `user@domain`'s client, at its domain's front end. */
  async client(address: string, userAgentHeader = SKYPE_7): Promise<UserAgent> {
    const frontEnd = this.federation.frontEndOf(address.split('@')[1] ?? '');
    return this.#resources.use(
      await UserAgent.open({
        clock: hostClock,
        random: this.#random.fork(address),
        listen: [],
        aor: `sip:${address}`,
        userAgentHeader,
        tls: { ca: this.authority.certificate },
        outboundProxy: `sip:${frontEnd};transport=tls;lr`,
      }),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}

/** It asks for certificates, so that it can be seen who came. */
async function openBridge(authority: CertificateAuthority, tap: (entry: SipTapEntry) => void): Promise<UserAgent> {
  const identity = await authority.issue([CONFERENCE_DOMAIN]);
  const ca = authority.certificate;
  return UserAgent.open({
    clock: hostClock,
    random: seededRandom(13),
    listen: [{ transport: 'tls', host: '127.0.0.1', tls: { ...identity, ca, requestCert: true } }],
    tls: { ...identity, ca },
    aor: CONFERENCE,
    userAgentHeader: 'plugfest-test',
    tap,
  });
}
