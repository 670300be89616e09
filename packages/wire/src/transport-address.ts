import { isIP, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** An IP address literal (never a name) and a UDP or TCP port. */
export interface TransportAddress {
  readonly address: string;
  readonly port: number;
}

/** `127.0.0.1:5000`, `[::1]:5000`. */
export function formatAddress({ address, port }: TransportAddress): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Reads what `formatAddress` writes; undefined for anything else. */
export function parseAddress(text: string): TransportAddress | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const address = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return address !== undefined && isIP(address) !== 0 && port <= 65_535 ? { address, port } : undefined;
}

/** 4 or 6. */
export function familyOf(address: string): 4 | 6 {
  return isIPv6(address) ? 6 : 4;
}

export function isLoopback(address: string): boolean {
  return address === '::1' || /^127(\.\d+){3}$/.test(address);
}

/** True for addresses of this very host: the wire sends nowhere else, whatever a description asks for. */
export function isOwnAddress(address: string): boolean {
  if (isLoopback(address)) return true;
  return Object.values(networkInterfaces()).some((list) => list?.some((entry) => entry.address === address));
}
