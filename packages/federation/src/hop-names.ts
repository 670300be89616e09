import type { SipMessageEvent } from '@plugfest/model';
import type { SipTap } from '@plugfest/sip-node';

/** One message at one of its ends. */
export interface TappedHop {
  readonly direction: 'sent' | 'received';
  /** `address:port`. */
  readonly source: string;
  readonly destination: string;
  /** Latin1. */
  readonly message: string;
}

/** What people call the two ends of each hop, learned from addresses listened on and from what requests say of themselves. */
export class HopNames {
  readonly #nameOfAddress = new Map<string, string>();
  readonly #proxies = new Set<string>();
  readonly #nameOfUser: (address: string) => string;

  /** @param nameOfUser a name for `user@domain` */
  constructor(nameOfUser: (address: string) => string) {
    this.#nameOfUser = nameOfUser;
  }

  /** Somebody who listens at `address:port`. */
  listens(name: string, address: string): void {
    this.#proxies.add(name);
    this.#nameOfAddress.set(address, name);
  }

  /**
   * A tap for the proxy of that name. Each hop is told once: by who sends, and, where the sender is a client, by who receives.
   * Hops to and from the bridge are the bridge's to tell.
   */
  tapOf(proxy: string, bridge: string, onSip: (message: SipMessageEvent & { atUs: number }) => void): SipTap {
    return (entry) => {
      const message = Buffer.from(entry.bytes).toString('latin1');
      const peer = this.peerOf({ ...entry, message });
      const told = entry.direction === 'sent' ? peer !== bridge : !this.#proxies.has(peer);
      if (!told) return;
      const [from, to] = entry.direction === 'sent' ? [proxy, peer] : [peer, proxy];
      const { atUs, transport, source, destination } = entry;
      onSip({ atUs, transport, source, destination, from, to, message });
    };
  }

  /** The name of the other end. Connections come from ports that nobody listens on: their first request says, in its topmost Via or its From, whose they are. */
  peerOf({ direction, source, destination, message }: TappedHop): string {
    const address = direction === 'sent' ? destination : source;
    const known = this.#nameOfAddress.get(address);
    if (known !== undefined) return known;
    const name = this.#introduction(message);
    if (direction === 'received' && name !== undefined) this.#nameOfAddress.set(address, name);
    return name ?? 'unknown';
  }

  #introduction(message: string): string | undefined {
    if (message.startsWith('SIP/2.0 ')) return undefined;
    const sentBy = /^(?:via|v)[ \t]*:[ \t]*\S+[ \t]+([^;,\s]+)/im.exec(message)?.[1];
    const proxy = sentBy === undefined ? undefined : this.#nameOfAddress.get(sentBy);
    if (proxy !== undefined && this.#proxies.has(proxy)) return proxy;
    const user = /^(?:from|f)[ \t]*:[^\r\n]{0,200}?sips?:([^;>\s]{1,200})/im.exec(message)?.[1];
    return user === undefined ? undefined : this.#nameOfUser(user.toLowerCase());
  }
}
