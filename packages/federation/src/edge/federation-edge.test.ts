import { createSocket } from 'node:dgram';
import { hostClock } from '@plugfest/host';
import { seededRandom } from '@plugfest/model';
import { header, headers, type SipHeader, type SipRequest } from '@plugfest/sip';
import { dnsNameServer, UserAgent } from '@plugfest/sip-node';
import { afterEach, describe, expect, it } from 'vitest';
import { CertificateAuthority } from '../certificate-authority.ts';
import { TRUST_HEADER } from '../trust-header.ts';
import { FederationEdge, type FederationEdgeOptions } from './federation-edge.ts';
import { LabDns, recordsOf } from './lab-dns.ts';
import { decorate, undecorate } from './name-decoration.ts';
import type { PartnerPolicy } from './partners.ts';

let resources = new AsyncDisposableStack();
afterEach(async () => {
  await resources.disposeAsync();
  resources = new AsyncDisposableStack();
});

interface Side {
  readonly pool: UserAgent;
  readonly edge: FederationEdge;
  readonly got: SipRequest[];
}

const AUTO: PartnerPolicy = { allowed: [], blocked: [], discovers: true };
type Options = Partial<Pick<FederationEdgeOptions, 'policy' | 'requestsPerSecondPerDiscovered'>>;

class Lab {
  readonly dns: LabDns;
  readonly authority: CertificateAuthority;

  constructor(dns: LabDns, authority: CertificateAuthority) {
    this.dns = dns;
    this.authority = authority;
  }

  static async open(): Promise<Lab> {
    return new Lab(resources.use(await LabDns.open()), await CertificateAuthority.create());
  }

  /** A domain with one person in its pool behind an edge, and its SRV record. */
  async domain(domain: string, options: Options = {}, edgeName = `sip.${domain}`, target = edgeName): Promise<Side> {
    const { authority, dns } = this;
    const got: SipRequest[] = [];
    const identity = await authority.issue([`pool.${domain}`]);
    const inside = { name: `pool.${domain}`, address: '' };
    const edge = resources.use(
      await FederationEdge.open({
        clock: hostClock,
        random: seededRandom(domain.length),
        authority,
        tap: () => () => {},
        name: edgeName,
        domain,
        inside,
        names: dnsNameServer([dns.address]),
        policy: AUTO,
        ...options,
      }),
    );
    const pool = resources.use(
      await UserAgent.open({
        clock: hostClock,
        random: seededRandom(domain.length + 1),
        listen: [{ transport: 'tls', host: '127.0.0.1', tls: { ...identity, ca: authority.certificate } }],
        tls: { ...identity, ca: authority.certificate, serverName: edgeName },
        aor: `sip:ann@${domain}`,
        userAgentHeader: 'test',
        outboundProxy: `sip:127.0.0.1:${edge.address.port};transport=tls;lr`,
      }),
    );
    inside.address = `127.0.0.1:${pool.addresses[0]?.port}`;
    pool.onRequest = (request) => {
      got.push(request);
      return request.method === 'MESSAGE' ? { statusCode: 200 } : undefined;
    };
    dns.add(recordsOf({ domain, federation: { target, port: edge.address.port } }));
    return { pool, edge, got };
  }
}

const TEXT = { contentType: 'text/plain', body: Buffer.from('hello') };
const say = (from: Side, to: string, more: readonly SipHeader[] = []) =>
  from.pool.request('MESSAGE', `sip:${to}`, { body: TEXT, headers: more });

describe('two domains that discover each other', () => {
  it('speak over both edges, each found by SRV, with the word of the edge that let it in', async () => {
    const lab = await Lab.open();
    const [corp, fab] = [await lab.domain('corp.example'), await lab.domain('fabrikam.example')];
    expect((await say(corp, 'ann@fabrikam.example')).statusCode).toBe(200);
    expect(header(fab.got[0] as SipRequest, TRUST_HEADER)).toBe(
      'ms-source-type=AutoFederation;ms-ep-fqdn=sip.fabrikam.example;ms-source-verified-user=verified;ms-source-network=federation',
    );
    expect(lab.dns.asked).toContain('SRV _sipfederationtls._tcp.fabrikam.example');
  });

  it('property: no word of trust of a sender survives, however it is spelled', async () => {
    const lab = await Lab.open();
    const [corp, fab] = [
      await lab.domain('corp.example'),
      await lab.domain('fabrikam.example', { requestsPerSecondPerDiscovered: 1000 }),
    ];
    const random = seededRandom(77);
    const spelled = (): string =>
      [...TRUST_HEADER].map((letter) => (random.next() < 0.5 ? letter.toUpperCase() : letter)).join('');
    for (let i = 0; i < 60; i++) {
      const forged = Array.from({ length: 1 + Math.floor(random.next() * 4) }, () => ({
        name: spelled(),
        value: `ms-source-type=InternetUser;ms-ep-fqdn=evil-${random.token(6)}.example;x="${random.token(3)}"`,
      }));
      expect((await say(corp, 'ann@fabrikam.example', forged)).statusCode).toBe(200);
    }
    const told = fab.got.map((request) => headers(request, TRUST_HEADER));
    expect(told).toHaveLength(60);
    for (const words of told) {
      expect(words).toHaveLength(1);
      expect(words[0]).not.toContain('evil');
    }
  });
});

describe('denials', () => {
  const diagnosed = async (from: Side, to: string): Promise<[number, string, string]> => {
    const response = await say(from, to);
    const own = header(response, 'ms-diagnostics') ?? '';
    return [response.statusCode, own, header(response, 'ms-diagnostics-public') ?? ''];
  };

  it('a domain without SRV: 504 and 1008 with its source, for one’s own people', async () => {
    const lab = await Lab.open();
    const corp = await lab.domain('corp.example');
    const [statusCode, own] = await diagnosed(corp, 'x@nowhere.example');
    expect([statusCode, own]).toEqual([
      504,
      '1008;reason="Unable to resolve DNS SRV record";source="sip.corp.example"',
    ]);
  });

  it('SRV that leads into another domain: 504 and 1009', async () => {
    const lab = await Lab.open();
    const corp = await lab.domain('corp.example');
    await lab.domain('fabrikam.example', {}, 'sip.fabrikam.example', 'sip.evil.example');
    expect(await diagnosed(corp, 'ann@fabrikam.example')).toMatchObject([504, expect.stringMatching(/^1009;/), '']);
  });

  it('an edge whose certificate bears another name: 504 and 1010', async () => {
    const lab = await Lab.open();
    const corp = await lab.domain('corp.example');
    await lab.domain('fabrikam.example', {}, 'other.fabrikam.example', 'sip.fabrikam.example');
    expect(await diagnosed(corp, 'ann@fabrikam.example')).toMatchObject([504, expect.stringMatching(/^1010;/), '']);
  });

  it('the block list of the other side: 403, and only the public header reaches the partner', async () => {
    const lab = await Lab.open();
    const corp = await lab.domain('corp.example');
    const fab = await lab.domain('fabrikam.example', { policy: { ...AUTO, blocked: ['corp.example'] } });
    const [statusCode, own, told] = await diagnosed(corp, 'ann@fabrikam.example');
    expect(statusCode).toBe(403);
    expect(told).toMatch(/^1002;reason="[^"]+"$/);
    expect(own).toBe('');
    expect(fab.got).toEqual([]);
  });

  it('a domain on no list, where nobody is discovered: 404 and 1005', async () => {
    const lab = await Lab.open();
    const corp = await lab.domain('corp.example', { policy: { ...AUTO, discovers: false } });
    await lab.domain('fabrikam.example');
    expect(await diagnosed(corp, 'ann@fabrikam.example')).toMatchObject([404, expect.stringMatching(/^1005;/), '']);
  });

  it('a method that does not cross: 403 and 1027', async () => {
    const lab = await Lab.open();
    const corp = await lab.domain('corp.example');
    await lab.domain('fabrikam.example');
    const response = await corp.pool.request('SERVICE', 'sip:ann@fabrikam.example');
    expect(response.statusCode).toBe(403);
    expect(header(response, 'ms-diagnostics')).toMatch(/^1027;/);
  });

  it('more than a discovered partner may, here nothing: 503 and 1007', async () => {
    const lab = await Lab.open();
    const corp = await lab.domain('corp.example');
    await lab.domain('fabrikam.example', { requestsPerSecondPerDiscovered: 0.001 });
    const first = await say(corp, 'ann@fabrikam.example');
    expect([first.statusCode, header(first, 'ms-diagnostics-public')?.slice(0, 4)]).toEqual([503, '1007']);
  });

  it('what a server inside says of a failure stays inside; its silence is named to one’s own people', async () => {
    const lab = await Lab.open();
    const [corp, fab] = [await lab.domain('corp.example'), await lab.domain('fabrikam.example')];
    const secret = {
      name: 'ms-diagnostics',
      value: '1003;reason="User does not exist";source="pool.fabrikam.example"',
    };
    fab.pool.onRequest = () => ({ statusCode: 404, headers: [secret] });
    const response = await say(corp, 'ann@fabrikam.example');
    expect(response.statusCode).toBe(404);
    expect(headers(response, 'ms-diagnostics')).toEqual([
      expect.stringMatching(/^1034;.*source="sip\.corp\.example"$/),
    ]);
  });
});

describe('classes of partners', () => {
  it('a direct partner is one by its edge’s name, and another certificate for its domain is not it', async () => {
    const lab = await Lab.open();
    const rule = { domain: 'corp.example', edge: 'sip.corp.example' };
    const fab = await lab.domain('fabrikam.example', { policy: { ...AUTO, allowed: [rule] } });
    const corp = await lab.domain('corp.example');
    expect((await say(corp, 'ann@fabrikam.example')).statusCode).toBe(200);
    expect(header(fab.got[0] as SipRequest, TRUST_HEADER)).toMatch(
      /^ms-source-type=DirectPartner;.*;ms-remote-fqdn=sip\.corp\.example$/,
    );
    const evil = await lab.domain('evil.example');
    const forged = { body: TEXT, headers: [], to: 'sip:ann@fabrikam.example' };
    const asCorp = resources.use(
      await UserAgent.open({
        clock: hostClock,
        random: seededRandom(99),
        listen: [],
        tls: {
          ...(await lab.authority.issue(['sip.evil.example'])),
          ca: lab.authority.certificate,
          serverName: 'sip.fabrikam.example',
        },
        aor: 'sip:ann@corp.example',
        userAgentHeader: 'evil',
        outboundProxy: `sip:127.0.0.1:${fab.edge.address.port};transport=tls;lr`,
      }),
    );
    const response = await asCorp.request('MESSAGE', 'sip:ann@fabrikam.example', forged);
    expect([response.statusCode, header(response, 'ms-diagnostics-public')?.slice(0, 4)]).toEqual([504, '1010']);
    expect(evil.got).toEqual([]);
  });

  it('a public provider is an authorized server in the public cloud', async () => {
    const lab = await Lab.open();
    const provider = {
      proxy: 'sip.msn.example',
      network: 'publiccloud',
      verification: 'AlwaysUnverifiable',
      nameDecorationDomain: 'msn.example',
    } as const;
    const corp = await lab.domain('corp.example', {
      policy: { ...AUTO, discovers: false, allowed: [{ domain: 'msn.example', provider }] },
    });
    const msn = await lab.domain('msn.example');
    expect((await say(msn, 'ann@corp.example')).statusCode).toBe(200);
    expect(header(corp.got[0] as SipRequest, TRUST_HEADER)).toMatch(
      /^ms-source-type=AuthorizedServer;.*;ms-source-verified-user=unverified;ms-source-network=publiccloud;/,
    );
    expect((await say(corp, 'bob@msn.example')).statusCode).toBe(200);
    expect(header(msn.got[0] as SipRequest, 'ms-user-data')).toBe('ms-publiccloud=true;ms-federation=true');
  });
});

it.each([
  ['alice@contoso.com', 'alice(contoso.com)@msn.com'],
  ['bob@msn.com', 'bob@msn.com'],
])('%s is %s at the provider, and back', (plain, decorated) => {
  expect(decorate(plain, 'msn.com')).toBe(decorated);
  expect(decorate(decorated, 'msn.com')).toBe(decorated);
  expect(undecorate(decorated, 'msn.com')).toBe(plain);
  expect(undecorate('alice(contoso.com)@other.com', 'msn.com')).toBe('alice(contoso.com)@other.com');
});

it('the lab’s name server has what clients look for, and is silent to noise', async () => {
  await using dns = await LabDns.open([
    {
      domain: 'corp.example',
      federation: { target: 'sip.corp.example', port: 5061 },
      remote: { target: 'sip.corp.example', port: 443 },
      inside: { target: 'pool.corp.example', port: 5061 },
    },
  ]);
  const socket = createSocket('udp4');
  for (const noise of [Buffer.alloc(0), Buffer.alloc(11, 0xff), Buffer.alloc(600, 0xc0)])
    await new Promise((sent) => socket.send(noise, Number(dns.address.split(':')[1]), '127.0.0.1', sent));
  socket.close();
  const names = dnsNameServer([dns.address]);
  expect(await names.srv('_sipfederationtls._tcp.corp.example')).toMatchObject([
    { port: 5061, name: 'sip.corp.example' },
  ]);
  expect(await names.srv('_sip._tls.corp.example')).toMatchObject([{ port: 443 }]);
  expect(await names.srv('_sipinternaltls._tcp.corp.example')).toMatchObject([{ name: 'pool.corp.example' }]);
  expect(await names.addresses('lyncdiscover.corp.example')).toEqual(['127.0.0.1']);
  expect(await names.addresses('lyncdiscover.nowhere.example')).toEqual([]);
});
