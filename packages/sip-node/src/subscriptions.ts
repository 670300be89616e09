import { dialogKey, header, type SipResponse, tagOf } from '@plugfest/sip';
import type { CallCore } from './call-core.ts';
import type { ServerTransaction } from './server-transaction.ts';
import { Subscriber } from './subscriber.ts';
import type { SubscribeOptions, Subscription } from './subscription.ts';
import { SubscriptionServer } from './subscription-server.ts';

/** All subscriptions of a user agent, of either side. @see RFC 6665 */
export class Subscriptions {
  readonly server: SubscriptionServer;
  readonly #core: CallCore;
  readonly #subscribers = new Map<string, Subscriber>();

  constructor(core: CallCore) {
    this.#core = core;
    this.server = new SubscriptionServer(core);
  }

  get size(): number {
    return this.server.size + this.#subscribers.size;
  }

  async subscribe(uri: string, options: SubscribeOptions): Promise<Subscription> {
    const opened = await Subscriber.open(this.#core, uri, options);
    if (!(opened instanceof Subscriber)) return unsent(opened);
    const key = dialogKey(opened.callId, opened.localTag, '');
    this.#subscribers.set(key, opened);
    opened.terminated.then(() => this.#subscribers.delete(key));
    void opened.start();
    return opened;
  }

  /** Takes SUBSCRIBE and NOTIFY where they are ours; false otherwise. */
  receive(transaction: ServerTransaction): boolean {
    const { request } = transaction;
    if (request.method === 'SUBSCRIBE') return this.server.receive(transaction);
    if (request.method !== 'NOTIFY') return false;
    const key = dialogKey(header(request, 'Call-ID') ?? '', tagOf(request, 'To'), '');
    const subscriber = this.#subscribers.get(key);
    subscriber?.receive(transaction);
    return subscriber !== undefined;
  }

  /** Ends all without another word. */
  stop(): void {
    this.server.stop();
    for (const subscriber of [...this.#subscribers.values()]) subscriber.end();
  }
}

function unsent(response: SipResponse): Subscription {
  return {
    state: 'terminated',
    onNotify: undefined,
    answered: Promise.resolve(response),
    terminated: Promise.resolve({ message: response }),
    unsubscribe: () => undefined,
  };
}
