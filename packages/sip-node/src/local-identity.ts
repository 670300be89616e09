import type { Random } from '@plugfest/model';
import {
  DEFAULT_UAS_PROFILE,
  formatNameAddr,
  octetsOf,
  parseNameAddr,
  parseSipUri,
  type SipHeader,
  type UasProfile,
} from '@plugfest/sip';
import type { Flow } from './flow.ts';
import type { TransactionLayer } from './transaction-layer.ts';
import type { UserAgentOptions } from './user-agent-options.ts';

/** What we handle ourselves. */
const DEFAULT_ALLOW = ['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'INFO', 'UPDATE', 'MESSAGE'];

/** Who we are in messages: From, Contact, and the headers that each message gets. */
export class LocalIdentity {
  readonly aorUri: string;
  readonly allow: readonly string[];
  readonly profile: UasProfile;
  readonly #supported: readonly string[];
  readonly #options: UserAgentOptions;
  readonly #layer: TransactionLayer;
  readonly #random: Random;

  /** @throws TypeError when `aor` is no SIP URI */
  constructor(options: UserAgentOptions, layer: TransactionLayer, random: Random) {
    const address = parseNameAddr(options.aor);
    if (!address.ok || !parseSipUri(address.value.uri).ok) throw new TypeError(`aor is not a SIP URI: ${options.aor}`);
    this.aorUri = address.value.uri;
    this.allow = options.allow ?? DEFAULT_ALLOW;
    this.#supported = [...(options.supported ?? []), ...(options.sessionTimer === undefined ? [] : ['timer'])];
    this.profile = {
      ...DEFAULT_UAS_PROFILE,
      methods: [...new Set([...DEFAULT_UAS_PROFILE.methods, ...this.allow])],
      allow: this.allow,
      extensions: this.#supported.map((tag) => tag.toLowerCase()),
      mediaTypes: options.accept ?? DEFAULT_UAS_PROFILE.mediaTypes,
    };
    this.#options = options;
    this.#layer = layer;
    this.#random = random;
  }

  /** A From header with a new tag. */
  newFrom(): { readonly value: string; readonly tag: string } {
    const tag = this.newTag();
    const { displayName, fromParameters = [] } = this.#options;
    const name = displayName === undefined ? {} : { displayName: octetsOf(displayName) };
    const parameters = [{ name: 'tag', value: tag }, ...fromParameters];
    return { tag, value: formatNameAddr({ ...name, uri: this.aorUri, parameters }) };
  }

  newTag(): string {
    return this.#random.token(12);
  }

  /** Unique among all user agents of a host even when they share a seed, as it holds an address of ours. */
  newCallId(flow: Flow): string {
    return `${this.#random.token(20)}@${flow.local.host.replaceAll(':', '.')}-${flow.local.port}`;
  }

  /** Our Contact for peers on this flow. */
  contact(flow: Flow): SipHeader {
    const { contactUri, contactUser, contactUriParameters = '', contactParameters = '' } = this.#options;
    const uri =
      contactUri ?? `sip:${this.#userPart(contactUser)}${this.#layer.sentBy(flow)}${transportParameter(flow)}`;
    return { name: 'Contact', value: `<${uri}${contactUriParameters}>${contactParameters}` };
  }

  /** `user@` as written in the address of record, or nothing when that has no user. */
  #userPart(contactUser: string | undefined): string {
    if (contactUser !== undefined) return `${contactUser}@`;
    const at = this.aorUri.indexOf('@');
    return at < 0 ? '' : this.aorUri.slice(this.aorUri.indexOf(':') + 1, at + 1);
  }

  requestHeaders(): SipHeader[] {
    return [{ name: 'User-Agent', value: this.#options.userAgentHeader }, ...(this.#options.defaultHeaders ?? [])];
  }

  responseHeaders(): SipHeader[] {
    return [{ name: 'Server', value: this.#options.userAgentHeader }];
  }

  defaultHeaders(): readonly SipHeader[] {
    return this.#options.defaultHeaders ?? [];
  }

  capabilityHeaders(): SipHeader[] {
    const supported = this.#supported;
    const allow = { name: 'Allow', value: this.allow.join(', ') };
    return supported.length === 0 ? [allow] : [allow, { name: 'Supported', value: supported.join(', ') }];
  }
}

function transportParameter(flow: Flow): string {
  return flow.transport === 'udp' ? '' : `;transport=${flow.transport}`;
}
