import type { Clock, Random } from '@plugfest/model';
import { dnsNameServer, type ListenAddress } from '@plugfest/sip-node';
import type { CertificateAuthority } from './certificate-authority.ts';
import { FederationEdge } from './edge/federation-edge.ts';
import { LabDns, recordsOf } from './edge/lab-dns.ts';
import type { NextHop, ProxyContext } from './edge-proxy.ts';
import type { HopNames } from './hop-names.ts';
import { ForeignPresence } from './lync/foreign-presence.ts';
import { LyncFrontEnd } from './lync/lync-front-end.ts';
import type { LyncUser } from './lync/user-record.ts';
import { PartnerPool } from './partner-pool.ts';
import { type UcwaExchange, UcwaServer, webNameOf } from './ucwa/ucwa-server.ts';

export interface LyncDomainOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly authority: CertificateAuthority;
  readonly domain: string;
  /** Its people: who has a password is asked for it by NTLM. */
  readonly users: readonly LyncUser[];
  /** `user@domain` of a person in a federated partner's domain. */
  readonly partner: string;
  readonly names: HopNames;
  readonly onSip: Parameters<HopNames['tapOf']>[2];
  readonly onExchange?: (exchange: UcwaExchange) => void;
}

/** An enterprise whose own clients sign in, with one federated partner. */
export interface LyncDomain extends AsyncDisposable {
  /** `address:port` of the front end, TCP: for a real client. */
  readonly frontEndTcp: string;
  /** The same, TLS. */
  readonly frontEndTls: string;
  readonly frontEnd: LyncFrontEnd;
  readonly partner: PartnerPool;
  /** Where phones sign in; found by `lyncdiscover.` in the name server. */
  readonly web: UcwaServer;
  /** `address:port` of the deployment's name server. */
  readonly nameServer: string;
}

/** Front end → edge ↔ the partner's edge ↔ the partner's pool. Hops over TLS, edges with mutual authentication, which find each other by SRV in a name server of this deployment. */
export async function openLyncDomain(options: LyncDomainOptions): Promise<LyncDomain> {
  await using opening = new AsyncDisposableStack();
  const { domain, names, clock, random, authority } = options;
  const partnerDomain = options.partner.split('@')[1] ?? '';
  const context = (name: string): ProxyContext => ({
    clock,
    random: random.fork(name),
    authority,
    tap: (proxy) => names.tapOf(proxy, '', options.onSip),
  });
  // Each knows the other before either has its port.
  const hops = new Map<string, { name: string; address: string }>();
  const hop = (name: string): NextHop & { address: string } => {
    const known = hops.get(name) ?? { name, address: '' };
    hops.set(name, known);
    return known;
  };
  const listens = (name: string, address: ListenAddress | undefined): void => {
    hop(name).address = `${address?.host}:${address?.port}`;
    names.listens(name, hop(name).address);
  };
  const [pool, edge] = [`pool.${domain}`, `sip.${domain}`];
  const [partnerPool, partnerEdge] = [`pool.${partnerDomain}`, `sip.${partnerDomain}`];
  const dns = opening.use(await LabDns.open());
  const policy = { allowed: [], blocked: [], discovers: true };
  for (const [name, ofDomain, inside] of [
    [edge, domain, hop(pool)],
    [partnerEdge, partnerDomain, hop(partnerPool)],
  ] as const) {
    const lookedUp = { names: dnsNameServer([dns.address]), policy };
    const opened = opening.use(
      await FederationEdge.open({ ...context(name), name, domain: ofDomain, inside, ...lookedUp }),
    );
    listens(name, opened.address);
    dns.add(recordsOf({ domain: ofDomain, federation: { target: name, port: opened.address.port } }));
  }
  const shared = { clock, random, authority };
  const theirs = { ...shared, name: partnerPool, person: options.partner, next: hop(partnerEdge) };
  const partner = opening.use(await PartnerPool.open(theirs));
  listens(partnerPool, partner.addresses[0]);
  let front: LyncFrontEnd | undefined;
  const foreign = opening.use(
    new ForeignPresence({
      ...shared,
      name: pool,
      edge: hop(edge),
      onPresence: (watcher, address, categories) => front?.foreignPresence(watcher, address, categories),
    }),
  );
  front = opening.use(
    await LyncFrontEnd.open({
      ...context(pool),
      tap: context(pool).tap(pool),
      name: pool,
      domain,
      users: options.users,
      edge: hop(edge),
      trusted: [webNameOf(domain)],
      watchForeign: (watcher, address) => foreign.watch(watcher, address),
    }),
  );
  const [tls, tcp] = front.addresses;
  listens(pool, tls);
  const frontEndTls = hop(pool).address;
  const frontEndTcp = `${tcp?.host}:${tcp?.port}`;
  names.listens(pool, frontEndTcp);
  const { users, onExchange } = options;
  const web = opening.use(
    await UcwaServer.open({ ...shared, domain, users, frontEnd: hop(pool), ...(onExchange ? { onExchange } : {}) }),
  );
  dns.add(recordsOf({ domain, web: { target: web.name, port: web.port } }));
  const opened = opening.move();
  const nameServer = dns.address;
  return {
    frontEndTcp,
    frontEndTls,
    frontEnd: front,
    partner,
    web,
    nameServer,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
