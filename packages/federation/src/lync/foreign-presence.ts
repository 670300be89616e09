import type { Clock, Random } from '@plugfest/model';
import { UserAgent } from '@plugfest/sip-node';
import type { CertificateAuthority } from '../certificate-authority.ts';
import type { NextHop } from '../edge-proxy.ts';
import { CATEGORIES_TYPE } from './resource-list.ts';

export interface ForeignPresenceOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly authority: CertificateAuthority;
  /** FQDN of the front end that asks. */
  readonly name: string;
  /** The own domain's edge. */
  readonly edge: NextHop;
  /** Presence came: `<categories>` of `address` for a watcher of ours. */
  readonly onPresence: (watcher: string, address: string, categories: string) => void;
}

const ONE_DAY_S = 86_400;
const MAX_SUBSCRIPTIONS = 1000;

/** Asks other domains for presence, once for each watcher and person, in the watcher's name: what is told differs from one watcher to the next. */
export class ForeignPresence implements AsyncDisposable {
  readonly #options: ForeignPresenceOptions;
  readonly #agents = new Map<string, Promise<UserAgent>>();
  /** By watcher and person; undefined until something came. */
  readonly #known = new Map<string, string | undefined>();

  constructor(options: ForeignPresenceOptions) {
    this.#options = options;
  }

  /** What is known already; asks where nobody has. */
  watch(watcher: string, address: string): string | undefined {
    const key = `${watcher} ${address}`;
    if (!this.#known.has(key) && this.#known.size < MAX_SUBSCRIPTIONS) {
      this.#known.set(key, undefined);
      void this.#subscribe(watcher, address, key);
    }
    return this.#known.get(key);
  }

  async #subscribe(watcher: string, address: string, key: string): Promise<void> {
    const agent = await this.#agentOf(watcher);
    const wish = { event: 'presence', expiresS: ONE_DAY_S, accept: [CATEGORIES_TYPE] };
    const subscription = await agent.subscribe(`sip:${address}`, wish);
    subscription.onNotify = ({ body }) => {
      if (body.length === 0) return;
      const categories = Buffer.from(body).toString('utf8');
      this.#known.set(key, categories);
      this.#options.onPresence(watcher, address, categories);
    };
    // Asked again by the next who watches.
    void subscription.terminated.then(() => this.#known.delete(key));
  }

  #agentOf(watcher: string): Promise<UserAgent> {
    const agent = this.#agents.get(watcher) ?? this.#open(watcher);
    this.#agents.set(watcher, agent);
    return agent;
  }

  async #open(watcher: string): Promise<UserAgent> {
    const { clock, random, authority, name, edge } = this.#options;
    const identity = await authority.issue([name]);
    return UserAgent.open({
      clock,
      random: random.fork(`presence ${watcher}`),
      listen: [],
      tls: { ...identity, ca: authority.certificate, serverName: edge.name },
      aor: `sip:${watcher}`,
      userAgentHeader: 'RTC/5.0',
      allow: ['NOTIFY'],
      outboundProxy: `sip:${edge.address};transport=tls;lr`,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const agents = await Promise.all(this.#agents.values());
    await Promise.all(agents.map((agent) => agent.close()));
  }
}
