import { Resolver } from 'node:dns/promises';
import type { NameServer } from './name-server.ts';

const TIMEOUT_MS = 2000;
const TRIES = 2;

/** Asks real name servers: those of the system, or `servers` (`address:port`). */
export function dnsNameServer(servers?: readonly string[]): NameServer {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  if (servers !== undefined) resolver.setServers(servers);
  return {
    naptr: (name) => found(resolver.resolveNaptr(name)),
    srv: (name) => found(resolver.resolveSrv(name)),
    addresses: async (name) => {
      const families = [found(resolver.resolve4(name)), found(resolver.resolve6(name))];
      return (await Promise.all(families)).flat();
    },
  };
}

function found<T>(answer: Promise<T[]>): Promise<T[]> {
  return answer.catch(() => []);
}
