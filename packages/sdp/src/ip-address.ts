import type { AddressType } from './session-description.ts';

/** What sort of address a text is: only a `unicast` literal may be sent to without asking anyone. */
export type AddressClass = 'unicast' | 'unspecified' | 'multicast' | 'name';

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/** Sorts an address of a description; host names are never resolved here. */
export function classifyAddress(address: string): AddressClass {
  if (address.length > 64) return 'name';
  const v4 = IPV4.exec(address);
  if (v4 !== null) return classifyV4(v4.slice(1).map(Number));
  if (!isIpv6(address)) return 'name';
  if (/^[0:]+$/.test(address)) return 'unspecified';
  return /^ff/i.test(address) ? 'multicast' : 'unicast';
}

function classifyV4(bytes: readonly number[]): AddressClass {
  if (bytes.some((byte) => byte > 255)) return 'name';
  if (bytes.every((byte) => byte === 0)) return 'unspecified';
  return (bytes[0] ?? 0) >= 224 ? 'multicast' : 'unicast';
}

function isIpv6(address: string): boolean {
  if (!address.includes(':') || !/^[0-9a-fA-F:.]+$/.test(address)) return false;
  const halves = address.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  const width = groups.length + (last.includes('.') ? 1 : 0);
  const isGroup = (group: string, at: number): boolean =>
    /^[0-9a-fA-F]{1,4}$/.test(group) || (at === groups.length - 1 && IPV4.test(group));
  return groups.every(isGroup) && (halves.length === 2 ? width < 8 : width === 8);
}

/** `IP6` for anything with a colon. */
export function addressTypeOf(address: string): AddressType {
  return address.includes(':') ? 'IP6' : 'IP4';
}
