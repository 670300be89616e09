import type { JoinTarget } from '@plugfest/endpoints';
import { err, ok, type Result } from '@plugfest/model';
import { parameter, parseSipUri } from '@plugfest/sip';
import { type BridgeAbility, type ConferenceBridge, Unsupported } from './conference-bridge.ts';

const TRANSPORTS = ['udp', 'tcp', 'tls', 'ws'] as const;
type Transport = (typeof TRANSPORTS)[number];

/** Somebody's conference, known by its address only. */
export interface ConferenceAddress {
  /** What is called: user and host. */
  readonly uri: string;
  readonly addresses: JoinTarget['bridge'];
}

/** `sip:room@host:port;transport=udp`: the host is an address of this machine's loopback, for media are relayed and recorded there. */
export function parseConferenceAddress(text: string): Result<ConferenceAddress, string> {
  const parsed = parseSipUri(text);
  if (!parsed.ok) return err(`“${text}” is no SIP address`);
  const { host, port, user, parameters } = parsed.value;
  if (user === undefined) return err(`“${text}” names no conference`);
  if (!/^127\.\d+\.\d+\.\d+$/.test(host)) return err(`“${host}” is not on the loopback, where media are relayed`);
  const transport = (parameter(parameters, 'transport') ?? 'udp').toLowerCase();
  if (!isTransport(transport)) return err(`no transport “${transport}”; there are: ${TRANSPORTS.join(', ')}`);
  const address = `${host}:${port ?? (transport === 'tls' ? 5061 : 5060)}`;
  const addresses = { [transport]: transport === 'ws' ? `ws://${address}` : address };
  return ok({ uri: `sip:${user}@${address}`, addresses });
}

/** A bridge of which nothing is known but where it is called: it can do nothing else, and stays when the run ends. */
export class SipUriBridge implements ConferenceBridge {
  readonly adapter = 'sip-uri';
  readonly abilities: ReadonlySet<BridgeAbility> = new Set();
  readonly addresses: JoinTarget['bridge'];

  constructor({ addresses }: ConferenceAddress) {
    this.addresses = addresses;
  }

  tellsViews(): Promise<never> {
    return this.#cannot('views');
  }

  sabotage(): Promise<never> {
    return this.#cannot('sabotage');
  }

  switchView(): Promise<never> {
    return this.#cannot('layouts');
  }

  switchLayout(): Promise<never> {
    return this.#cannot('layouts');
  }

  spotlight(): Promise<never> {
    return this.#cannot('layouts');
  }

  remove(): Promise<never> {
    return this.#cannot('removal');
  }

  press(): Promise<never> {
    return this.#cannot('keys');
  }

  dialOut(): Promise<never> {
    return this.#cannot('dial-out');
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #cannot(ability: BridgeAbility): Promise<never> {
    return Promise.reject(Unsupported.bridge(this.adapter, ability));
  }
}

function isTransport(text: string): text is Transport {
  return (TRANSPORTS as readonly string[]).includes(text);
}
