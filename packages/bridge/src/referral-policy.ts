import { parseSipUri, unicodeOf } from '@plugfest/sip';
import { mayBeCalled } from './dial-out.ts';

/** Where a participant's REFER may lead: another room of this bridge, a host on the list of the configuration, or nowhere. */
export type ReferralTarget =
  | { readonly kind: 'room'; readonly room: string }
  | { readonly kind: 'foreign'; readonly uri: string }
  | { readonly kind: 'forbidden' };

/** What the bridge is called, to know itself by. */
export interface OwnNames {
  readonly domain: string;
  /** `host:port` of its listeners. */
  readonly addresses: readonly string[];
}

/** Decides on a target without asking anybody: nothing is resolved, connected to or read on a stranger's word. */
export function referralTarget(uri: string, own: OwnNames, hosts: readonly string[]): ReferralTarget {
  const parsed = parseSipUri(uri);
  if (!parsed.ok) return { kind: 'forbidden' };
  const { host, port, user } = parsed.value;
  const isOurs = host === own.domain.toLowerCase() || own.addresses.includes(addressText(host, port));
  if (isOurs) return user ? { kind: 'room', room: unicodeOf(user) } : { kind: 'forbidden' };
  return mayBeCalled(uri, hosts) ? { kind: 'foreign', uri } : { kind: 'forbidden' };
}

function addressText(host: string, port: number | undefined): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port ?? 5060}`;
}
